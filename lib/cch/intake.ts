import type { DataReader } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { parseUnsolicited } from './table/index.js';

/** Takes the frames of one pull. */
export class Intake {
  readonly frames: Buffer[] = [];
  taken = 0;
  /** The result number that ended it, once it has. */
  result: number | undefined;
  readonly #id: number;
  readonly #asked: number | undefined;

  constructor(id: number, asked: number | undefined) {
    this.#id = id;
    this.#asked = asked;
  }

  reader(limit: number): DataReader {
    return {
      session: this.#id,
      limit,
      onFrame: (data) => {
        this.frames.push(data);
        this.taken += data.length;
      },
      end: (line) => {
        const code = parseUnsolicited(line);
        if (code?.type !== 'receive-end' || code.session !== this.#id) return undefined;
        this.result = code.error;
        return code.error;
      },
    };
  }

  /**
   * Throws when the module gave another number of bytes than is right: fewer than were counted before, or more than were
   * asked for. A header was damaged or lost, and what came may have a hole.
   */
  check(counted: number): void {
    const right = this.taken >= counted && (this.#asked === undefined || this.taken === this.#asked);
    if (right) return;
    throw new ModemError('ERR_MODEM_LINE', `${this.taken} bytes came where ${counted} were due.`);
  }
}
