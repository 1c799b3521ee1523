import { WaitingList } from '../cch/index.js';
import { LEARN } from '../context/index.js';
import type { Connection } from '../socket/index.js';
import type { PoolMember } from './pool-member.js';

/** Ms after which those who wait look again: a session may be free without anybody having said so. */
const LOOK_AGAIN = 1000;

/**
 * - `waiting`: for a session
 * - `learning`: its modem learns a root for it, over a session of its own
 * - `opening`: it has a session, and the module connects
 */
type WaiterStage = 'waiting' | 'learning' | 'opening';

/** A connect on its way to a session of one of the modems. */
export class Waiter {
  readonly connection: Connection;
  /** Those that its options are not for, or that could not open it, and why. */
  readonly unfit = new Map<PoolMember, unknown>();
  /** Those that did not serve it, by their free sessions, which may be kept for short requests. */
  readonly passedOver = new Map<PoolMember, number>();
  readonly #turn = new WaitingList<undefined>();
  #stage: WaiterStage = 'waiting';
  #member: PoolMember | undefined;
  #attempt = new AbortController();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get stage(): WaiterStage {
    return this.#stage;
  }

  /** Where it waits, or is served. */
  get member(): PoolMember | undefined {
    return this.#member;
  }

  /** Its place, once it has one, and a signal that is aborted when it is given another. Rejects when `signal` is aborted. */
  async place(signal: AbortSignal): Promise<{ member: PoolMember; moved: AbortSignal }> {
    let member = this.#member;
    while (member === undefined) {
      await this.#turn.wait(signal);
      member = this.#member;
    }
    this.#attempt = new AbortController();
    return { member, moved: this.#attempt.signal };
  }

  /** Its modem has begun to do something for it. */
  reach(stage: 'learning' | 'opening'): void {
    this.#stage = stage;
  }

  /** Gives it a place, or takes the one that it has. */
  assign(member: PoolMember | undefined): void {
    if (member === this.#member) return;
    this.#stage = 'waiting';
    this.#member = member;
    this.#attempt.abort();
    if (member) this.#turn.next(() => true)?.serve(undefined);
  }

  fail(error: Error): void {
    this.#turn.fail(error);
  }
}

/** Who has how much room, while places are given. */
type Room = Map<PoolMember, number>;

/**
 * Connects that have no session yet. Each has a place with one of the modems: one with a free session and the best record,
 * or else where the fewest wait; from there it moves when another has a session for it, or when its own fails.
 */
export class PoolQueue {
  readonly #members: readonly PoolMember[];
  readonly #makeRoom: (sessions: number) => void;
  /** By priority, then by age; also those that are being served. */
  readonly #waiters: Waiter[] = [];
  #unserved = 0;
  #later: NodeJS.Timeout | undefined;

  /** `makeRoom` is told how many wait for sessions that others have. */
  constructor(members: readonly PoolMember[], makeRoom: (sessions: number) => void) {
    this.#members = members;
    this.#makeRoom = makeRoom;
  }

  /** Whether somebody waits for a session that others have. */
  get wanted(): boolean {
    return this.#unserved > 0;
  }

  join(connection: Connection): Waiter {
    const waiter = new Waiter(connection);
    const behind = this.#waiters.findIndex((other) => other.connection.priority < connection.priority);
    this.#waiters.splice(behind < 0 ? this.#waiters.length : behind, 0, waiter);
    this.evaluate();
    return waiter;
  }

  leave(waiter: Waiter): void {
    const index = this.#waiters.indexOf(waiter);
    if (index >= 0) this.#waiters.splice(index, 1);
    this.evaluate();
  }

  /** Whether a modem that is ready could still open it. */
  hasOther({ unfit }: Waiter): boolean {
    return this.#members.some((member) => member.ready && !unfit.has(member));
  }

  /** Fails those that have no place. */
  fail(error: Error): void {
    for (const waiter of [...this.#waiters]) waiter.fail(error);
  }

  /** Something has changed: gives places, and sees to it that there will be some. */
  evaluate(): void {
    clearTimeout(this.#later);
    const ready = this.#members.filter((member) => member.ready);
    const room: Room = new Map(ready.map((member) => [member, this.#room(member)]));
    this.#unserved = 0;
    let waiting = false;
    for (const waiter of this.#waiters) {
      if (waiter.stage === 'opening' && waiter.member?.ready) continue;
      waiting = true;
      // What its modem learns over a session of its own goes on, unless that waits for one.
      if (waiter.stage === 'learning' && waiter.member?.ready && !waiter.member.source?.wanted) continue;
      const member = this.#choose(waiter, ready, room);
      waiter.assign(member);
      if (member) this.#watch(waiter, member);
    }
    if (waiting) this.#later = setTimeout(() => this.#lookAgain(), LOOK_AGAIN);
    if (this.#unserved > 0 && ready.length > 0) this.#makeRoom(this.#unserved);
  }

  /** Sessions of a modem that nobody has, or that are on their way to who waits. */
  #room(member: PoolMember): number {
    return this.#free(member) + member.count('closing');
  }

  /** A session whose open is being prepared counts as free with its modem. */
  #free(member: PoolMember): number {
    const served = this.#waiters.filter((waiter) => waiter.stage === 'opening' && waiter.member === member).length;
    return member.count('free') - Math.max(0, served - member.count('opening'));
  }

  #choose(waiter: Waiter, ready: readonly PoolMember[], room: Room): PoolMember | undefined {
    const fit = ready.filter((member) => !waiter.unfit.has(member));
    const sound = fit.filter((member) => !member.leftOut);
    // One that failed is better than none.
    const candidates = sound.length > 0 ? sound : fit;
    const free = candidates.filter((member) => this.#serves(member, waiter, room));
    const stays = waiter.member !== undefined && candidates.includes(waiter.member);
    const best = free.sort((a, b) => a.record.cost - b.record.cost)[0];
    const chosen = stays && free.includes(waiter.member) ? waiter.member : best;
    if (chosen) {
      room.set(chosen, (room.get(chosen) ?? 0) - 1);
      return chosen;
    }
    this.#unserved++;
    return stays ? waiter.member : this.#leastWanted(candidates);
  }

  #serves(member: PoolMember, { passedOver }: Waiter, room: Room): boolean {
    return (room.get(member) ?? 0) > 0 && this.#room(member) > (passedOver.get(member) ?? 0);
  }

  #leastWanted(candidates: readonly PoolMember[]): PoolMember | undefined {
    const waiting = (member: PoolMember) => this.#waiters.filter((waiter) => waiter.member === member).length;
    return [...candidates].sort((a, b) => waiting(a) - waiting(b) || a.record.cost - b.record.cost)[0];
  }

  /** A session that is free is given before the next turn of the event loop, or not for now. */
  #watch(waiter: Waiter, member: PoolMember): void {
    // Such a one may be reading what was learned before.
    if (waiter.connection.options.ca === LEARN) return;
    setImmediate(() => {
      if (waiter.stage !== 'waiting' || waiter.member !== member || !this.#waiters.includes(waiter)) return;
      const free = this.#free(member);
      if (free <= (waiter.passedOver.get(member) ?? 0)) return;
      waiter.passedOver.set(member, free);
      this.evaluate();
    });
  }

  /** Much may have changed that nobody told. */
  #lookAgain(): void {
    for (const { passedOver, member } of this.#waiters) {
      for (const other of passedOver.keys()) if (other !== member) passedOver.delete(other);
    }
    this.evaluate();
  }
}
