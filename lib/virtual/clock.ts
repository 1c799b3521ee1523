/** Quarter of an hour in ms: the unit of the time zone of `+CCLK`. */
const QUARTER = 900_000;

/** Where the clock of a module begins that nobody has set (field note 5.10). */
const unset = Date.UTC(1980, 0, 6);

/** The module's own clock, which runs. */
export class Clock {
  readonly #initial: 'unset' | 'host' | Date | number;
  #offset = 0;
  /** Time zone in quarters of an hour. */
  #zone = 0;

  /** A number is ms ahead of the host's. */
  constructor(initial: 'unset' | 'host' | Date | number) {
    this.#initial = initial;
    this.reset();
  }

  /** What it shows at power-on. */
  reset(): void {
    this.#zone = 0;
    if (typeof this.#initial === 'number') this.#offset = this.#initial;
    else if (this.#initial === 'host') this.#offset = 0;
    else this.#offset = (this.#initial === 'unset' ? unset : this.#initial.getTime()) - Date.now();
  }

  get now(): Date {
    return new Date(Date.now() + this.#offset);
  }

  set now(time: Date) {
    this.#offset = time.getTime() - Date.now();
  }

  /** The text of `+CCLK`: `26/11/22,12:40:37+04`, local time and the zone in quarters of an hour. */
  get text(): string {
    const local = new Date(this.now.getTime() + this.#zone * QUARTER);
    const pad = (value: number) => String(value).padStart(2, '0');
    const date = [local.getUTCFullYear() % 100, local.getUTCMonth() + 1, local.getUTCDate()].map(pad).join('/');
    const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(pad).join(':');
    return `${date},${time}${this.#zone < 0 ? '-' : '+'}${pad(Math.abs(this.#zone))}`;
  }

  /** Sets it by such a text, whose zone may be missing; false when it is none. */
  set(text: string): boolean {
    const match = /^(\d\d)\/(\d\d)\/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d{1,2})?$/.exec(text);
    if (!match) return false;
    const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1, 7).map(Number);
    const zone = match[7] === undefined ? 0 : Number(match[7]);
    if (hours > 23 || minutes > 59 || seconds > 59 || Math.abs(zone) > 96) return false;
    const local = new Date(Date.UTC(year < 70 ? 2000 + year : 1900 + year, month - 1, day, hours, minutes, seconds));
    // 31 February has become a day of March.
    if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return false;
    this.#zone = zone;
    this.now = new Date(local.getTime() - zone * QUARTER);
    return true;
  }
}
