import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { take } from '../../support/rig.js';

/** A message: its type, which the first one of a connection has not, and all its bytes. */
export interface Message {
  readonly type: string;
  readonly bytes: Buffer;
}

export interface Batch {
  /** Text of its query; empty when it is of one that was prepared before. */
  readonly text: string;
  readonly bytes: Buffer;
}

/** Bytes of a start that PostgreSQL bears at most. */
const LONGEST_START = 10_000;
/** Messages behind which the client waits for an answer: query, sync, flush. */
const ENDS_OF_BATCH = 'QSH';

/** What a connection begins with that asks for TLS. */
export const SSL_REQUEST = 80877103;

/** The messages of an answer. */
export function* messagesOf(answer: Buffer): Generator<Message> {
  for (let at = 0; at < answer.length;) {
    const end = at + 1 + answer.readUInt32BE(at + 1);
    yield { type: answer.toString('latin1', at, at + 1), bytes: answer.subarray(at, end) };
    at = end;
  }
}

export function messageOf(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** A query without parameters. */
export function simpleQuery(text: string): Buffer {
  return messageOf('Q', Buffer.from(`${text}\0`));
}

/** Asks for the password as it is. */
export const passwordRequest = messageOf('R', Buffer.from([0, 0, 0, 3]));
/** Ready for the next query, outside a transaction. */
export const ready = messageOf('Z', Buffer.from('I'));
/** The end of a batch. */
export const sync = messageOf('S', Buffer.alloc(0));

export function failureOf(severity: 'ERROR' | 'FATAL', code: string, text: string): Buffer {
  return messageOf('E', Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${text}\0\0`));
}

/** A start, as a client sends it. */
export function startOf(user: string): Buffer {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0${user}\0\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

/** Parameters of a start: user, database… */
export function parametersOf(start: Buffer): Map<string, string> {
  const texts = start.toString('utf8', 8).split('\0');
  return new Map(texts.flatMap((name, index) => (index % 2 === 0 && name ? [[name, texts[index + 1] ?? '']] : [])));
}

/** What a stream brings, message by message. Each fails when the stream is closed before. */
export class Incoming {
  readonly #stream: Duplex;
  readonly #closed: Promise<never>;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#closed = once(stream, 'close').then(() => {
      throw new Error('The client is gone.');
    });
    this.#closed.catch(() => undefined);
  }

  take(length: number): Promise<Buffer> {
    return Promise.race([take(this.#stream, length), this.#closed]);
  }

  /** The first message: a start, or what is asked before. */
  async start(): Promise<Buffer> {
    const length = await this.take(4);
    if (length.readUInt32BE() > LONGEST_START) throw new Error('That is no start.');
    return Buffer.concat([length, await this.take(length.readUInt32BE() - 4)]);
  }

  async message(): Promise<Message> {
    const head = await this.take(5);
    const body = await this.take(head.readUInt32BE(1) - 4);
    return { type: head.toString('latin1', 0, 1), bytes: Buffer.concat([head, body]) };
  }

  /** Messages that are to be answered together; undefined when the client says goodbye. */
  async batch(): Promise<Batch | undefined> {
    const messages: Message[] = [];
    for (;;) {
      const message = await this.message();
      if (message.type === 'X') return undefined;
      messages.push(message);
      if (ENDS_OF_BATCH.includes(message.type)) break;
    }
    return { text: messages.map(textOf).join(''), bytes: Buffer.concat(messages.map(({ bytes }) => bytes)) };
  }
}

/** The text of a query, alone or to be prepared. */
function textOf({ type, bytes }: Message): string {
  if (type !== 'Q' && type !== 'P') return '';
  return bytes.toString('utf8', 5).split('\0')[type === 'Q' ? 0 : 1] ?? '';
}
