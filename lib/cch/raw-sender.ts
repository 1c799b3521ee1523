import type { Environment } from './environment.js';
import { SendFailure, Sender } from './sender.js';

/** Bytes written at once, so that a command does not wait long for the line. */
const BLOCK = 2048;

/** Writes the bytes of a transparent session. Whether they were sent can only be asked in command mode. */
export class RawSender extends Sender {
  readonly #environment: Environment;
  readonly #session: number;

  constructor(environment: Environment, id: number, timeout: number) {
    super(environment, id, timeout);
    this.#environment = environment;
    this.#session = id;
  }

  override async send(chunks: readonly Buffer[]): Promise<void> {
    this.begin();
    try {
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length; at += BLOCK) {
          await this.#environment.channel.sendData(chunk.subarray(at, at + BLOCK));
        }
      }
    } catch (cause) {
      throw new SendFailure({ type: 'send-refused', session: this.#session, cause });
    }
  }

  override async flush(): Promise<void> {
    if (!this.dirty) return;
    const release = this.#environment.channel.holdCommandMode();
    try {
      await super.flush();
    } finally {
      release();
    }
  }
}
