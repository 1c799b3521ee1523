import type { Slot } from './slot.js';
import { WaitingList, type Claim } from './waiting-list.js';

/** How a session of the module is used. */
export interface SlotUse {
  readonly id: number;
  readonly state: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Ms since it was opened, and since bytes went either way. */
  readonly age?: number | undefined;
  readonly idle?: number | undefined;
  /** Payload bytes, while it is open. */
  readonly bytesRead?: number | undefined;
  readonly bytesWritten?: number | undefined;
}

/** Who has which session id, and who gets the next that is free. */
export class SlotQueue {
  /** Ids that are kept for short use: so many less are given to somebody for long at a time. */
  kept = 0;

  readonly #slots: readonly Slot[];
  readonly #waiting = new WaitingList<Slot>();
  /** Ids given to somebody whose open is being prepared. */
  readonly #reserved = new Set<Slot>();
  /** Ids that were given to somebody for long. */
  readonly #long = new Set<Slot>();

  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Whether somebody waits for an id that he could have. */
  get wanted(): boolean {
    return this.#waiting.next((claim) => this.#mayHave(claim)) !== undefined;
  }

  /** How each id is used. */
  get use(): SlotUse[] {
    return this.#slots.map(({ id, state, request, session }) => {
      const { host, port } = (this.isTaken(id) ? request : undefined) ?? {};
      if (session === undefined) return { id, state, host, port };
      const { openedAt, movedAt, bytesRead, bytesWritten } = session;
      const now = Date.now();
      return { id, state, host, port, age: now - openedAt, idle: now - movedAt, bytesRead, bytesWritten };
    });
  }

  /** Whether an id belongs to a connection. */
  isTaken(id: number): boolean {
    const slot = this.#slots[id];
    return slot !== undefined && ((slot.state !== 'free' && slot.state !== 'held') || this.#reserved.has(slot));
  }

  /** Waits for an id, which is kept for whoever gets it until {@link settle}. Rejects as {@link WaitingList.wait} does. */
  wait(signal: AbortSignal, claim: Claim): Promise<Slot> {
    return this.#waiting.wait(signal, claim);
  }

  /** What an id was given for has begun, or came to nothing: from now on its own state tells. */
  settle(slot: Slot): void {
    this.#reserved.delete(slot);
  }

  /** Gives free ids to those who wait; the one that rested longest goes first. */
  serve(): void {
    for (;;) {
      const free = this.#slots.filter((slot) => slot.state === 'free' && !this.#reserved.has(slot));
      const slot = free.sort((a, b) => a.lastUse - b.lastUse)[0];
      if (slot === undefined) return;
      this.#long.delete(slot);
      const waiter = this.#waiting.next((claim) => this.#mayHave(claim));
      if (waiter === undefined) return;
      this.#reserved.add(slot);
      if (waiter.claim.short !== true) this.#long.add(slot);
      waiter.serve(slot);
    }
  }

  /** Fails all who wait. */
  fail(error: Error): void {
    this.#waiting.fail(error);
  }

  #mayHave({ short }: Claim): boolean {
    if (short === true || this.kept === 0) return true;
    const long = [...this.#long].filter(({ id }) => this.isTaken(id)).length;
    return long < this.#slots.length - this.kept;
  }
}
