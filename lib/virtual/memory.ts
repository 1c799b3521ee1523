import type { Settings } from './settings.js';

/** What `AT+CGDCONT` stores. */
export interface PdpContext {
  readonly type: string;
  readonly apn: string;
}

/** What `AT+CGAUTH` stores. */
export interface Authentication {
  readonly type: number;
  readonly user: string;
  readonly password: string;
}

/** Speed in bit/s of a module that was told no other. */
const SPEED = 115_200;

/** Settings that the module keeps over a reset. Its certificate files are in the store. */
export class Memory {
  /** `AT+IPREX`: the speed in bit/s after power-on. */
  speed: number;
  /** `AT+CTZU`. */
  timeUpdates: number;
  /** By their number. */
  readonly contexts = new Map<number, PdpContext>();
  /** By the number of the PDP context. */
  readonly authentications = new Map<number, Authentication>();

  constructor({ baudRate, ctzu, storedApn }: Settings) {
    this.speed = baudRate ?? SPEED;
    this.timeUpdates = ctzu;
    this.contexts.set(1, { type: storedApn.type, apn: storedApn.name });
  }
}
