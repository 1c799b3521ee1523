import type { Duplex } from 'node:stream';

import { behaviours } from './behaviours/index.js';
import { AttachedCable } from './cables.js';
import type { SslContext } from './contexts.js';
import { Interpreter } from './interpreter.js';
import { listen, type ListenOptions, type Listener } from './listen.js';
import type { LogEntry } from './log.js';
import { Module } from './module.js';
import { settableFaults } from './option-names.js';
import type { Faults, VirtualModemOptions } from './options.js';
import { openPty, type Pty } from './pty.js';
import { seededRandom } from './random.js';
import type { BrokenRule } from './rules.js';
import { VirtualBinding } from './serial-binding.js';
import type { SerialBinding } from './serial-types.js';
import { SerialWire } from './serial-wire.js';
import type { SessionState } from './session-environment.js';
import { settle } from './settings.js';
import { Speaker } from './speaker.js';
import { Timers } from './timers.js';
import { Uart } from './uart.js';

/** What a session looks like from outside. */
export interface SessionView {
  readonly id: number;
  readonly state: SessionState;
  /** Where it leads while it is opening or open. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Bytes received and not read by the host. */
  readonly cached: number;
  /** Bytes taken from the host and not on the network. */
  readonly unsent: number;
}

/** Counts since the virtual modem was made. Bytes are those of the serial line. */
export interface Statistics {
  readonly commands: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes of `AT+CCHSEND`, and of the transparent session. */
  readonly payloadIn: number;
  /** Bytes of data frames, and of the transparent session. */
  readonly payloadOut: number;
  /** Opens that succeeded. */
  readonly sessionsOpened: number;
  readonly certificatesStored: number;
}

/** Bits on the line for each byte. */
const BITS = 10;

/**
 * A cellular module in software: it speaks the commands of the SSL service over a serial line that is a stream, a TCP
 * port or a PTY, and makes real TCP and TLS connections out of this process.
 */
export class VirtualModem {
  /** What it does wrong; may be changed at any time. */
  readonly faults: Faults;
  readonly #module: Module;
  readonly #uart: Uart;
  readonly #interpreter: Interpreter;
  readonly #speaker: Speaker;
  readonly #timers = new Timers();
  readonly #bootTime: number;
  readonly #bindings = new Map<string, SerialBinding>();
  readonly #closers = new Set<() => Promise<void>>();
  #attached: AttachedCable | undefined;
  #state: 'open' | 'closed' = 'open';

  /** Throws `ERR_INVALID_ARG_VALUE` for options that cannot be. */
  constructor(options: VirtualModemOptions = {}) {
    const settings = settle(options);
    this.#bootTime = settings.bootTime;
    this.faults = settableFaults({ ...options.faults });
    this.#module = new Module(settings, this.faults, {
      unsolicited: (line) => this.#speaker.unsolicited(line),
      push: (session) => this.#speaker.push(session),
      cached: () => this.#interpreter.cached(),
      ended: () => this.#interpreter.ended(),
      reset: () => this.#uart.whenQuiet(() => this.#timers.soon(() => this.reset())),
      whenSaid: (action) => this.#uart.whenQuiet(action),
    });
    const random = seededRandom(settings.seed);
    const { line } = this.#module;
    this.#uart = new Uart({
      rate: () => (settings.baudRate === undefined ? undefined : line.speed / BITS),
      wire: new SerialWire(line, this.faults, settings.seed),
      flow: line.flow,
      connected: () => this.#interpreter.newCable(),
      receive: (chunk) => this.#interpreter.receive(chunk),
      room: () => Math.max(1, this.#interpreter.room),
      chunkSize: () => {
        const [min, max] = this.faults.rechunk ?? [Infinity, Infinity];
        return min === Infinity ? Infinity : Math.max(1, min + Math.floor(random() * (max - min + 1)));
      },
    });
    this.#speaker = new Speaker(this.#module, this.#uart);
    this.#interpreter = new Interpreter(this.#module, this.#uart, this.#speaker, behaviours(this.#module.table));
    if (settings.poweredOn === 'booting') this.#interpreter.reset(this.#bootTime);
  }

  /** A new cable, the host's end of it. The one before is destroyed; the module's state outlives both. */
  attach(): Duplex {
    this.#attached?.destroy();
    this.#attached = new AttachedCable(this.#uart);
    return this.#attached;
  }

  /** A raw serial server, one client at a time. Rejects when the port cannot be had. */
  async listen(options: ListenOptions): Promise<Listener> {
    return this.#owned(await listen(this.#uart, options));
  }

  /**
   * A PTY for programs in any language, through `socat`. `path` is a symbolic link that is made; without one, a temporary
   * path. Rejects when `socat` is missing.
   */
  async openPty(path?: string): Promise<Pty> {
    return this.#owned(await openPty(this.#uart, path));
  }

  /**
   * A serial port, for `new SerialPortStream({ binding: virtual.binding(), path: 'virtual', baudRate: 115_200 })` of
   * `@serialport/stream`: with a speed that must be the module's, control lines, flow control and a lock. For one path it is
   * the same binding each time.
   */
  binding(path = 'virtual'): SerialBinding {
    const known = this.#bindings.get(path);
    if (known) return known;
    const binding = new VirtualBinding(path, {
      uart: this.#uart,
      present: () => this.#state === 'open',
      clearToSend: () => this.faults.ctsLow !== true && this.#uart.clearToSend,
      carrier: () => this.#module.line.carrier === 0 || this.#interpreter.inDataMode,
      dtrDropped: () => this.#dtrDropped(),
    });
    this.#bindings.set(path, binding);
    return binding;
  }

  /** Everything is given back: sockets, timers, servers, child processes. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#timers.clear();
    this.#interpreter.stop();
    this.#module.close();
    this.#uart.close();
    await Promise.all([...this.#closers].map((close) => close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The module resets: sessions die without a word, settings are lost, files are kept; a boot banner follows. */
  reset(): void {
    if (this.#state === 'closed') return;
    this.#module.log.add('net', 'reset');
    this.#interpreter.reset(this.#bootTime);
    this.#module.powerOn();
  }

  /** The cables vanish: the attached stream is destroyed, TCP clients are dropped, PTYs go. */
  unplug(): void {
    this.#uart.unplug();
  }

  /** An unsolicited line, now; never inside another line, counted bytes or raw data. In data mode it waits. */
  inject(line: string): void {
    this.#speaker.unsolicited(line);
  }

  /** As if the server had closed a session. */
  closePeer(id: 0 | 1): void {
    this.#module.session(id).closePeer();
  }

  /** The module's clock. */
  get clock(): Date {
    return this.#module.clock.now;
  }

  set clock(time: Date) {
    this.#module.clock.now = time;
  }

  get log(): readonly LogEntry[] {
    return this.#module.log.entries;
  }

  /** The rules that the host broke, in order, the first 1000 of them. */
  get brokenRules(): readonly BrokenRule[] {
    return this.#module.rules.broken;
  }

  get sessions(): readonly SessionView[] {
    return this.#module.sessions.map(({ id, state, target, cached, unsent }) => {
      return { id, state, host: target?.host, port: target?.port, cached, unsent };
    });
  }

  /** Certificate and key files by name: what is set or deleted is there, or gone, at once, whatever its size. */
  get files(): Map<string, Buffer> {
    return this.#module.store.files;
  }

  /** The ten SSL contexts. */
  get contexts(): readonly Readonly<SslContext>[] {
    return this.#module.contexts;
  }

  get statistics(): Statistics {
    const { statistics, sessions, store } = this.#module;
    return {
      ...statistics,
      ...this.#uart.statistics,
      sessionsOpened: sessions.reduce((sum, { opened }) => sum + opened, 0),
      certificatesStored: store.stored,
    };
  }

  #dtrDropped(): void {
    if (this.#state === 'closed' || this.#module.line.dtr === 0) return;
    this.#module.log.add('net', 'DTR dropped');
    if (this.faults.resetOnDtrDrop) this.reset();
    else this.#interpreter.hangUp();
  }

  #owned<T extends { close(): Promise<void> }>(resource: T): T {
    this.#closers.add(() => resource.close());
    return resource;
  }
}
