import { expect } from 'chai';
import type { Attempted } from '../support/tls-attempt.js';

/** Who makes the connections. */
export const modes = ['Node', 'modem', 'host', 'modem, verification off', 'host, verification off'] as const;
export type Mode = (typeof modes)[number];

/** Counts what was accepted and refused. */
export class MatrixTally {
  readonly #verdicts = new Map<string, number>();
  cells = 0;

  add(mode: Mode, { verdict }: Attempted): void {
    const key = `${mode}: ${verdict}`;
    this.#verdicts.set(key, (this.#verdicts.get(key) ?? 0) + 1);
  }

  toString(): string {
    const counts = modes.map(
      (mode) => `${mode} ${this.#count(mode, 'accepted')} accepted, ${this.#count(mode, 'refused')} refused`,
    );
    return `${this.cells} cells: ${counts.join(' · ')}`;
  }

  /** Each mode has accepted something, and refused something. */
  check(): void {
    const missing = modes.flatMap((mode) =>
      (['accepted', 'refused'] as const).flatMap((verdict) =>
        this.#count(mode, verdict) ? [] : [`${mode} ${verdict}`],
      ),
    );
    expect(missing, 'verdicts that never came').to.deep.equal([]);
  }

  #count(mode: Mode, verdict: Attempted['verdict']): number {
    return this.#verdicts.get(`${mode}: ${verdict}`) ?? 0;
  }
}
