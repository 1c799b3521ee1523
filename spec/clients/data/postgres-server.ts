import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import type { PGlite } from '@electric-sql/pglite';
import { certificates } from '../../support/rig.js';
import { PASSWORD, USER } from './passwords.js';
import {
  Incoming,
  SSL_REQUEST,
  failureOf,
  messageOf,
  messagesOf,
  parametersOf,
  passwordRequest,
  ready,
  simpleQuery,
  startOf,
  sync,
  type Batch,
} from './postgres-wire.js';

/** First byte of TLS. */
const HANDSHAKE = 0x16;

/** What the server says when it is asked for TLS: yes, no, or it takes TLS from the first byte from anybody, as a proxy. */
export type ServerTls = 'yes' | 'no' | 'proxy';

/**
 * A PostgreSQL server: the database (PGlite) in this process, on as many connections as come; frames, TLS and the password
 * are done here. A comment in a query has it behave badly: `silent` for no answer, `last` for the end of the connection behind
 * the answer, `gone` for a connection that breaks in its middle.
 */
export class PostgresServer {
  readonly listener: net.Server;
  /** What was asked, in order: how connections began, their queries, and `goodbye`. */
  readonly seen: string[] = [];
  readonly #database: PGlite;
  /** What the database says first, but for the number of the connection. */
  readonly #greeting: Buffer;
  readonly #context: tls.SecureContext;
  readonly #tls: ServerTls;
  /** What has an unanswered query of a connection cancelled. */
  readonly #unanswered = new Map<number, () => void>();
  #count = 0;
  /** The database is one session: the last of those who have it to themselves, or wait for it. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(database: PGlite, greeting: Buffer, context: tls.SecureContext, mode: ServerTls) {
    this.#database = database;
    this.#greeting = greeting;
    this.#context = context;
    this.#tls = mode;
    this.listener = net.createServer((socket) => {
      socket.on('error', () => undefined);
      this.#begin(socket).catch(() => socket.destroy());
    });
  }

  static async open(database: PGlite, mode: ServerTls = 'yes'): Promise<PostgresServer> {
    const { leaf } = await certificates();
    const greeting = Buffer.from(await database.execProtocolRaw(startOf('postgres')));
    return new PostgresServer(database, greeting, tls.createSecureContext(leaf), mode);
  }

  /** Queries that came. */
  get queries(): string[] {
    return this.seen.filter((each) => /\W/.test(each) && !each.startsWith('start'));
  }

  async #begin(socket: net.Socket): Promise<void> {
    const incoming = new Incoming(socket);
    const first = await incoming.take(1);
    socket.unshift(first);
    if (first[0] === HANDSHAKE) return this.#secure(socket, ['postgresql']);
    const start = await incoming.start();
    if (start.readUInt32BE(4) !== SSL_REQUEST) return this.#start(socket, incoming, start);
    socket.write(this.#tls === 'yes' ? 'S' : 'N');
    return this.#tls === 'yes' ? this.#secure(socket, []) : this.#start(socket, incoming, await incoming.start());
  }

  /** Without a word in plain text before, PostgreSQL takes TLS only with a protocol that is negotiated (ALPN). */
  async #secure(socket: net.Socket, ALPNProtocols: string[]): Promise<void> {
    const options = { isServer: true, secureContext: this.#context, ALPNProtocols };
    const secure = new tls.TLSSocket(socket, options).on('error', () => undefined);
    const incoming = new Incoming(secure);
    const start = await incoming.start();
    const refused = secure.alpnProtocol === false && ALPNProtocols.length > 0 && this.#tls !== 'proxy';
    if (refused) secure.destroy();
    else await this.#start(secure, incoming, start);
  }

  async #start(stream: Duplex, incoming: Incoming, start: Buffer): Promise<void> {
    this.seen.push(stream instanceof tls.TLSSocket ? 'start with TLS' : 'start');
    stream.write(passwordRequest);
    const { bytes } = await incoming.message();
    if (parametersOf(start).get('user') !== USER || bytes.toString('utf8', 5, bytes.length - 1) !== PASSWORD) {
      return void stream.end(failureOf('FATAL', '28P01', 'That is not the password.'));
    }
    const number = ++this.#count;
    for (const { type, bytes } of messagesOf(this.#greeting)) {
      stream.write(type === 'K' ? messageOf('K', Buffer.from([0, 0, 0, number, 0, 0, 0, 0])) : bytes);
    }
    await this.#serve(stream, incoming, number);
    this.seen.push('goodbye');
    stream.end();
  }

  async #serve(stream: Duplex, incoming: Incoming, number: number): Promise<void> {
    for (let batch = await this.#next(incoming); batch; batch = await this.#next(incoming)) {
      const first = batch;
      if (/\/\* silent \*\//.test(batch.text)) await this.#holdBack(stream, number);
      else await this.#inTurn(() => this.#converse(stream, incoming, first));
    }
  }

  async #next(incoming: Incoming): Promise<Batch | undefined> {
    const batch = await incoming.batch();
    if (batch?.text) this.seen.push(batch.text);
    return batch;
  }

  /** Batches of one connection, until it is outside a transaction. */
  async #converse(stream: Duplex, incoming: Incoming, first: Batch): Promise<void> {
    let state: 'within' | 'outside' = 'within';
    try {
      for (let batch: Batch | undefined = first; batch; batch = await this.#next(incoming)) {
        const answer = await this.#answer(batch);
        if (/\/\* last \*\//.test(batch.text)) stream.end(answer);
        if (/\/\* gone \*\//.test(batch.text)) {
          stream.write(answer.subarray(0, answer.length / 2), () => stream.destroy());
          throw new Error('The connection was broken.');
        }
        if (stream.writable) stream.write(answer);
        if (!answer.subarray(-ready.length).equals(ready)) continue;
        state = 'outside';
        return;
      }
    } finally {
      if (state === 'within') await this.#execute(Buffer.concat([sync, simpleQuery('rollback')]));
    }
  }

  async #answer({ text, bytes }: Batch): Promise<Buffer> {
    const [, cancelled] = /pg_cancel_backend\((\d+)\)/.exec(text) ?? [];
    if (cancelled !== undefined) this.#cancel(Number(cancelled));
    return this.#execute(bytes);
  }

  async #holdBack(stream: Duplex, number: number): Promise<void> {
    await new Promise<void>((resolve) => this.#unanswered.set(number, resolve));
    stream.write(Buffer.concat([failureOf('ERROR', '57014', 'canceling statement due to user request'), ready]));
  }

  #cancel(number: number): void {
    this.#unanswered.get(number)?.();
    this.#unanswered.delete(number);
  }

  async #execute(bytes: Buffer): Promise<Buffer> {
    return Buffer.from(await this.#database.execProtocolRaw(bytes, { syncToFs: false }));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
