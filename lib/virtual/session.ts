import type { Socket } from 'node:net';

import { Result, type Unsolicited } from '../cch/table/index.js';
import { ByteQueue } from './byte-queue.js';
import type { OpenTarget } from './dial.js';
import { Timers } from './timers.js';
import { SendBuffer } from './send-buffer.js';
import type { SessionEnvironment, SessionState } from './session-environment.js';
import { SessionSettings } from './session-settings.js';

/** How long a closed connection may take to say goodbye, in ms. */
const FAREWELL = 1000;

/** One of the two sessions: a connection, what was received and not read, what was taken and not sent. */
export class Session {
  readonly id: number;
  readonly settings = new SessionSettings();
  readonly #environment: SessionEnvironment;
  readonly #timers = new Timers();
  readonly #cache = new ByteQueue();
  readonly #unsent: SendBuffer;
  /** Connections that nobody has any more, on their way out. */
  readonly #leaving = new Set<Socket>();
  #state: SessionState = 'idle';
  #byHost = true;
  #target: OpenTarget | undefined;
  #socket: Socket | undefined;
  #dialling: AbortController | undefined;
  /** Told in push mode once all that is cached was pushed. */
  #pendingEnd: Unsolicited | undefined;
  /** Sessions opened successfully. */
  opened = 0;

  constructor(id: number, environment: SessionEnvironment) {
    this.id = id;
    this.#environment = environment;
    this.#unsent = new SendBuffer({
      rate: environment.uplink,
      patience: () => this.settings.sendTimeout * 1000,
      sent: () => {
        if (environment.reporting().sends) environment.report({ type: 'send-report', session: id, error: 0 });
      },
      stuck: () => this.#lost(Result.sendTimeout, 'send-report'),
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Whether the session is not open by the host's own doing, and not by what happened to it. */
  get closedByHost(): boolean {
    return this.#state === 'idle' && this.#byHost;
  }

  /** Where it leads while it is open. */
  get target(): OpenTarget | undefined {
    return this.#state === 'open' || this.#state === 'opening' ? this.#target : undefined;
  }

  /** Its own port, of which the host may have asked for none. */
  get localPort(): number | undefined {
    return this.#socket?.localPort;
  }

  /** Bytes received and not read. */
  get cached(): number {
    return this.#cache.length;
  }

  /** Bytes taken from the host and not on the network. */
  get unsent(): number {
    return this.#unsent.length;
  }

  /** Bytes that fit into the send buffer. */
  get free(): number {
    return Math.max(0, this.#environment.sendBuffer - this.#unsent.length);
  }

  /** Whether so many bytes more fit into the send buffer. */
  hasRoom(bytes: number): boolean {
    return this.#unsent.length + bytes <= this.#environment.sendBuffer;
  }

  /** Resolves when so many bytes fit, or the session is no longer open. */
  async room(bytes: number): Promise<void> {
    while (this.#state === 'open' && !this.hasRoom(bytes)) await this.#unsent.progress();
  }

  /** Connects. The result number, or `undefined` when the open was given up by a close. */
  async open(target: OpenTarget): Promise<number | undefined> {
    const dialling = new AbortController();
    this.#dialling = dialling;
    this.#cache.clear();
    this.#state = 'opening';
    this.#target = target;
    const outcome = await this.#environment.dial(target, dialling.signal);
    await this.#hold(this.#environment.openDelay(), dialling.signal);
    if (dialling.signal.aborted) {
      if ('socket' in outcome) outcome.socket.destroy();
      return undefined;
    }
    this.#dialling = undefined;
    if ('error' in outcome) {
      this.#environment.note(`session ${this.id}: ${outcome.reason}`);
      this.#toIdle(true);
      this.settings.forget();
      return outcome.error;
    }
    this.#environment.note(`session ${this.id}: connected to ${target.host}:${target.port}`);
    this.#begin(outcome.socket);
    return Result.succeeded;
  }

  /** Takes bytes from the host for the network. */
  send(payload: Buffer): void {
    if (this.#state === 'open') this.#unsent.push(payload);
  }

  /** Takes up to so many cached bytes for the host. */
  take(bytes: number): Buffer {
    const taken = this.#cache.take(bytes);
    this.#timers.soon(() => this.#read());
    return taken;
  }

  /** Ends the session as `AT+CCHCLOSE` does; resolves when it is closed. */
  async close(): Promise<void> {
    await this.end();
    this.settings.forget();
  }

  /** Ends the session for the host, and remembers its settings; resolves when it is closed. */
  async end(): Promise<void> {
    this.#dialling?.abort();
    const socket = this.#socket;
    if (this.#state === 'open' && socket && this.#unsent.length > 0 && !this.#environment.dropUnsentAtClose()) {
      this.#state = 'closing';
      while (this.#is('closing') && this.#unsent.length > 0) await this.#unsent.progress();
      if (!this.#is('closing')) return;
    }
    if (this.#socket) this.#farewell(this.#socket);
    this.#toIdle(true);
  }

  /** Ends as if the server had closed. */
  closePeer(): void {
    if (this.#state === 'open') this.#peerClosed();
  }

  /** Everything is gone without a word, as at a reset. */
  kill(): void {
    this.#dialling?.abort();
    for (const socket of this.#leaving) socket.destroy();
    this.#socket?.destroy();
    this.#toIdle(this.closedByHost);
    this.#timers.clear();
  }

  #is(state: SessionState): boolean {
    return this.#state === state;
  }

  #toIdle(byHost: boolean): void {
    this.#pendingEnd = undefined;
    this.#state = 'idle';
    this.#byHost = byHost;
    this.#cache.clear();
    this.#release();
  }

  /** The connection is nobody's any more. */
  #release(): void {
    this.#dialling = undefined;
    this.#socket = undefined;
    this.#unsent.clear();
  }

  #hold(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (milliseconds <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#timers.after(milliseconds, resolve);
      signal.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }

  #begin(socket: Socket): void {
    this.#state = 'open';
    this.#socket = socket;
    this.opened++;
    this.#unsent.connect(socket);
    const mine = (action: () => void) => () => {
      if (this.#socket === socket) action();
    };
    // What came already is told after the result of the open.
    this.#timers.soon(
      mine(() => {
        socket.on(
          'readable',
          mine(() => this.#read()),
        );
        socket.on(
          'end',
          mine(() => this.#peerClosed()),
        );
        socket.on(
          'close',
          mine(() => this.#lost(Result.peerClosed, 'receive-closed')),
        );
        this.#read();
        // With the last word of the handshake.
        if (socket.readableEnded) this.#peerClosed();
        if (socket.destroyed) this.#lost(Result.peerClosed, 'receive-closed');
      }),
    );
  }

  #read(): void {
    const socket = this.#socket;
    if (socket === undefined || (this.#state !== 'open' && this.#state !== 'closing')) return;
    for (;;) {
      const room = this.#environment.receiveCache - this.#cache.length;
      const ready = socket.readableLength;
      if (room <= 0 && ready > 0) return;
      // With nothing there it is the end that is asked for.
      const chunk = socket.read(ready > 0 ? Math.min(room, ready) : undefined) as Buffer | null;
      if (chunk === null) return;
      this.#store(chunk);
    }
  }

  #store(chunk: Buffer): void {
    if (this.#state === 'closing') return;
    const wasEmpty = this.#cache.length === 0;
    this.#cache.push(chunk);
    if (!this.#environment.reporting().manual) this.#environment.push(this);
    else if (wasEmpty) this.#environment.report({ type: 'receive-event', session: this.id });
  }

  #peerClosed(): void {
    const socket = this.#socket;
    if (this.#state !== 'open' || socket === undefined) return;
    this.#environment.note(`session ${this.id}: closed by the peer`);
    this.#state = 'ended';
    this.#leave(socket);
    if (this.#environment.dropUnsentAtClose()) socket.destroy();
    else void this.#unsent.detach().then(() => this.#farewell(socket));
    this.#release();
    this.#tellEnd({ type: 'peer-closed', session: this.id });
  }

  /** In push mode the end is told behind the data. */
  #tellEnd(code: Unsolicited): void {
    if (this.#environment.reporting().manual || this.#cache.length === 0) this.#environment.report(code);
    else this.#pendingEnd = code;
  }

  /** The module has pushed all that was cached. */
  pushed(): void {
    const code = this.#pendingEnd;
    this.#pendingEnd = undefined;
    if (code) this.#environment.report(code);
  }

  #lost(error: number, type: 'receive-closed' | 'send-report'): void {
    if (this.#state !== 'open' && this.#state !== 'closing') return;
    const closing = this.#state === 'closing';
    this.#environment.note(`session ${this.id}: connection lost (${error})`);
    this.#socket?.destroy();
    this.#state = 'ended';
    this.#release();
    if (closing) this.#toIdle(true);
    else this.#tellEnd({ type, session: this.id, error });
  }

  #leave(socket: Socket): void {
    if (socket.destroyed || this.#leaving.has(socket)) return;
    this.#leaving.add(socket);
    socket.once('close', () => this.#leaving.delete(socket));
  }

  /** Says goodbye on the network and lets go: the end of a connection must not take the bytes before it along. */
  #farewell(socket: Socket): void {
    if (socket.destroyed) return;
    this.#leave(socket);
    const timer = setTimeout(() => socket.destroy(), FAREWELL);
    socket.once('close', () => clearTimeout(timer));
    socket.once('end', () => socket.destroySoon());
    socket.end();
    socket.resume();
  }
}
