import { lineTime } from '../util/index.js';
import type { Frame, Framer } from '../wire/index.js';

/** Silence in ms behind whole counted bytes after which they are believed without the CR LF; for pushed frames. */
const RELEASE_AFTER = 200;
/** Silence in ms within counted bytes after which the rest is given up, or three times its time on the line. */
const ABANDON_AFTER = 1000;

/** Ends counted bytes that stop coming, so that a byte lost on the line does not swallow what follows. */
export class StallWatch {
  /** Whether the frames were asked for: each is then followed by CR LF at once, and believed only with it. */
  pulling = false;

  readonly #framer: Framer;
  readonly #line: { readonly baudRate: number };
  readonly #deliver: (frames: Frame[]) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(framer: Framer, line: { readonly baudRate: number }, deliver: (frames: Frame[]) => void) {
    this.#framer = framer;
    this.#line = line;
    this.#deliver = deliver;
  }

  /** Bytes came: waits anew when more are due. */
  progress(): void {
    this.clear();
    const { pending } = this.#framer;
    if (pending === undefined) return;
    const missing = pending.length - pending.received;
    if (missing <= 0 && !this.pulling) this.#after(RELEASE_AFTER, () => this.#framer.release());
    else this.#after(Math.max(ABANDON_AFTER, 3 * lineTime(missing, this.#line.baudRate)), () => this.#framer.abandon());
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #after(time: number, take: () => Frame[]): void {
    this.#timer = setTimeout(() => this.#deliver(take()), time);
  }
}
