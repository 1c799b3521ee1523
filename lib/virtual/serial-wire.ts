import type { LineState } from './line-state.js';
import type { Faults } from './options.js';
import { seededRandom } from './random.js';

/** The host's end of a serial cable. */
export interface SerialEnd {
  /** The speed that the host has set, in bit/s. */
  readonly baudRate: () => number;
  /** Whether the host sends nothing while CTS is low. */
  readonly rtscts: boolean;
  /** RTS: whether the host takes bytes. */
  readonly readyToReceive: () => boolean;
}

/** Speed in bit/s up to which a module keeps up without flow control (field note 5.9). */
const KEEPS_UP = 230_400;
/** Bytes without a pause that it has room for all the same, and ms that are a pause. */
const ROOM = 1024;
const PAUSE = 10;

/** What a serial cable does to bytes when its ends do not agree. It is left to the seed, and the same each time. */
export class SerialWire {
  readonly #line: LineState;
  readonly #faults: Faults;
  readonly #random: () => number;
  /** Bytes since the last pause, and when the last of them came. */
  #burst = 0;
  #last = -Infinity;

  constructor(line: LineState, faults: Faults, seed: number) {
    this.#line = line;
    this.#faults = faults;
    this.#random = seededRandom(seed);
  }

  /** What the module hears of what the host wrote. */
  toModule(bytes: Buffer, end: SerialEnd): Buffer {
    return this.#lossy(this.#heard(bytes, end), end);
  }

  /** What the host hears of what the module wrote. */
  toHost(bytes: Buffer, end: SerialEnd): Buffer {
    return this.#heard(bytes, end);
  }

  /** Bytes at another speed are noise: as many bytes that begin no character, so never text and never a line end. */
  #heard(bytes: Buffer, { baudRate }: SerialEnd): Buffer {
    if (baudRate() === this.#line.speed) return bytes;
    return Buffer.from(bytes.map(() => (this.#random() < 0.5 ? 0x80 + this.#below(0x40) : 0xf8 + this.#below(8))));
  }

  #lossy(bytes: Buffer, { rtscts }: SerialEnd): Buffer {
    const now = performance.now();
    if (now - this.#last >= PAUSE) this.#burst = 0;
    this.#last = now;
    const safe = Math.max(0, ROOM - this.#burst);
    this.#burst += bytes.length;
    const { dropsWithoutFlowControl: oneIn } = this.#faults;
    const controlled = rtscts && this.#line.flow.byModule === 2;
    if (oneIn === undefined || controlled || this.#line.speed <= KEEPS_UP) return bytes;
    return Buffer.from(bytes.filter((_, index) => index < safe || this.#below(oneIn) > 0));
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
