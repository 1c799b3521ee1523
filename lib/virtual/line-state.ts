import type { Memory } from './memory.js';
import type { Settings } from './settings.js';

/** `AT+IFC`: who may hold the other's bytes back. */
export interface FlowControl {
  /** The host, by RTS. */
  byHost: 0 | 2;
  /** The module, by CTS. */
  byModule: 0 | 2;
}

/** How the module writes its answers and drives its line; set at the line. */
export class LineState {
  echo = true;
  /** `ATV`: results as words. */
  verbose = true;
  /** `AT+CMEE`. */
  errors: 0 | 1 | 2 = 2;
  /** `AT+IPR`: bit/s. */
  speed: number;
  readonly flow: FlowControl = { byHost: 0, byModule: 0 };
  /** `AT&D`, what follows when DTR drops: 0 nothing · 1 data mode ends · 2 the transparent session ends. */
  dtr = 2;
  /** `AT&C`, when DCD is high: 0 always · 1 in data mode. */
  carrier = 1;
  /** `AT+CATR`: the port where codes appear, 0 for all. */
  codesOn = 0;
  /** `AT+CSCLK`. */
  sleep = 0;
  readonly #settings: Settings;
  readonly #memory: Memory;

  constructor(settings: Settings, memory: Memory) {
    this.#settings = settings;
    this.#memory = memory;
    this.speed = memory.speed;
  }

  /** Everything as it is after power-on. */
  powerOn(): void {
    this.restore();
    this.errors = 2;
    this.speed = this.#memory.speed;
    this.flow.byHost = this.flow.byModule = 0;
    this.codesOn = this.#settings.catr;
    this.sleep = this.#settings.csclk;
  }

  /** What `ATZ` restores. */
  restore(): void {
    this.echo = this.#settings.echo;
    this.verbose = true;
    this.dtr = 2;
    this.carrier = 1;
  }

  /** Whether `AT+CATR` has codes appear on another port than this one (field note 5.16). */
  get codesElsewhere(): boolean {
    return this.codesOn !== 0 && this.codesOn !== this.#settings.portNumber;
  }
}
