import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { inspect } from 'node:util';
import { expect } from 'chai';
import type { SslContext } from '../../lib/virtual/contexts.js';
import { Rig } from '../support/rig.js';
import { turn } from '../support/turn.js';
import { makeMaterials } from './oracle-materials.js';
import type { Fault, Options } from './oracle-refusals.js';
import { contextDifferences } from './oracle-stored.js';
import { Tally } from './oracle-tally.js';
import { families, judge, type Family } from './oracle.js';
import { describeOptions, optionsOf, RandomOptions, type NamedOptions } from './random-options.js';

const OBJECTS = 10_000;
/** Differences of one kind that are shown. */
const SHOWN = 40;

/** What came of a connect whose target does not exist. */
interface Outcome {
  readonly error: Error & { readonly code?: string };
  /** Whether anything was written to the module. */
  readonly written: boolean;
  /** The SSL context of the open, and what the module holds under its number. */
  readonly opened: { readonly index: number; readonly context: Readonly<SslContext> } | undefined;
}

/** A driver on a virtual modem of one family, with room for all files. */
class Link {
  readonly #rig: Rig;
  readonly #lines: string[];

  private constructor(rig: Rig, lines: string[]) {
    this.#rig = rig;
    this.#lines = lines;
  }

  static async open(family: Family): Promise<Link> {
    const lines: string[] = [];
    const log = ({ direction, text }: { direction: string; text: string }) => {
      if (direction === 'host') lines.push(text);
    };
    const room = { maxFiles: 100_000, storeSize: 2 ** 30 };
    // On a fast line an upload pauses for less long.
    const rig = await Rig.open({ virtual: { profile: family, ...room, log }, modem: { baudRate: 4_000_000 } });
    return new Link(rig, lines);
  }

  close(): Promise<void> {
    return this.#rig.close();
  }

  /** What the module stores under a name. */
  file(name: string): Buffer | undefined {
    return this.#rig.virtual.files.get(name);
  }

  get contexts(): string {
    return JSON.stringify(this.#rig.virtual.contexts);
  }

  async connect(options: Options): Promise<Outcome> {
    const { modem, virtual } = this.#rig;
    const { bytesSent } = modem.statistics;
    this.#lines.length = 0;
    const socket = modem.connect({ ...options });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const [error] = (await once(socket, 'error')) as [Outcome['error']];
    await closed;
    await turn();
    const written = modem.statistics.bytesSent > bytesSent;
    const open = this.#lines.findLast((line) => line.startsWith('AT+CCHOPEN='));
    const id = /^AT\+CCHOPEN=([01]),"[^"]*",\d+,2$/.exec(open ?? '')?.[1];
    if (id === undefined) return { error, written, opened: undefined };
    const choice = this.#lines.findLast((line) => line.startsWith(`AT+CCHSSLCFG=${id},`));
    // A session goes by the context of its own number until another is chosen, and again after a failed open.
    const index = Number(choice?.split(',')[1] ?? id);
    const context = virtual.contexts[index];
    return { error, written, opened: context && { index, context } };
  }
}

/** What connections of one family are made with. */
class Bench {
  readonly family: Family;
  readonly #ours: Link;
  /** For contexts that the user configured: they are his from then on, and there are ten. */
  readonly #users: Link;

  private constructor(family: Family, ours: Link, users: Link) {
    this.family = family;
    this.#ours = ours;
    this.#users = users;
  }

  static async open(family: Family): Promise<Bench> {
    return new Bench(family, await Link.open(family), await Link.open(family));
  }

  async close(): Promise<void> {
    await this.#ours.close();
    await this.#users.close();
  }

  /** What differs between what must come of options and what did. */
  async differences(options: Options, tally?: Tally): Promise<string[]> {
    const verdict = judge(options, this.family);
    const link = typeof options['sslContext'] === 'number' ? this.#users : this.#ours;
    const before = verdict.type === 'given' ? link.contexts : '';
    const outcome = await link.connect(options);
    tally?.add(this.family, options, verdict);
    const told = secretIn(options, outcome.error);
    if (told !== undefined) return [`the error tells ${told}`];
    if (verdict.type === 'refused') return refusalDifferences(verdict.faults, outcome);
    const { error, opened } = outcome;
    if (!opened || !outcome.written) return [`refused with ${error.code ?? 'no code'}, not opened: ${error.message}`];
    // Neither leads anywhere, and the virtual modem says so at once.
    const expected = isIPv4(String(options['host'])) ? 'ECONNREFUSED' : 'ENOTFOUND';
    if (error.code !== expected) return [`opened with ${error.code ?? 'no code'}: ${error.message}`];
    if (verdict.type === 'context')
      return contextDifferences(verdict.context, opened.context, (name) => link.file(name));
    if (before !== link.contexts) return ['a context that the user configured was changed'];
    return verdict.index === opened.index ? [] : [`context ${opened.index} in place of ${verdict.index}`];
  }
}

function refusalDifferences(faults: readonly Fault[], { error, written, opened }: Outcome): string[] {
  const codes = [...new Set(faults.map(({ code }) => code))].join(' or ');
  if (opened) return [`opened, not refused with ${codes}`];
  const { code = 'no code', message } = error;
  const found = faults.filter((fault) => fault.code === code);
  if (found.length === 0) return [`refused with ${code}, not with ${codes}: ${message}`];
  if (written) return ['refused after something was written'];
  if (found.some(({ names }) => names.every((name) => message.includes(name)))) return [];
  return [`refused without a word of ${found.map(({ names }) => names.join(' and ')).join(' or ')}: ${message}`];
}

/** A passphrase or key that an error shows. */
function secretIn({ passphrase, key }: Options, error: Error): string | undefined {
  if (typeof passphrase !== 'string' && typeof key !== 'string') return undefined;
  const shown = inspect(error, { depth: 8 });
  if (typeof passphrase === 'string' && passphrase.length > 6 && shown.includes(passphrase)) return 'the passphrase';
  if (typeof key === 'string' && key.length > 100 && shown.includes(key.slice(40, 80))) return 'the key';
  return undefined;
}

/** Leaves options out one at a time while a difference of the same kind stays. */
async function shortest(bench: Bench, named: NamedOptions, kind: string): Promise<NamedOptions> {
  let left = { ...named };
  for (const key of Object.keys(named)) {
    const fewer = Object.fromEntries(Object.entries(left).filter(([other]) => other !== key));
    const differences = await bench.differences(optionsOf(fewer));
    if (kindOf(differences) === kind) left = fewer;
  }
  return left;
}

/** A difference without what is particular about it. */
function kindOf([first]: readonly string[]): string {
  return (first ?? '').replace(/:.*/s, '').replace(/[0-9a-f]{32}/g, '…');
}

/** Sets options of one family beside what the module was told; what differs, in words. */
async function examine(bench: Bench, all: readonly NamedOptions[], tally: Tally): Promise<string[]> {
  const seen = new Map<string, number>();
  const shown: string[] = [];
  for (const [index, named] of all.entries()) {
    const differences = await bench.differences(optionsOf(named), tally);
    if (differences.length === 0) continue;
    const kind = kindOf(differences);
    const count = seen.get(kind) ?? 0;
    seen.set(kind, count + 1);
    if (count >= 1 || shown.length >= SHOWN) continue;
    const fewer = await shortest(bench, named, kind);
    const still = await bench.differences(optionsOf(fewer));
    shown.push(`${bench.family}, object ${index}: ${still.join('; ')}\n  ${describeOptions(fewer)}`);
  }
  for (const [kind, count] of seen) if (count > 1) shown.push(`${bench.family}: ${count} times: ${kind}`);
  return shown;
}

describe("options with the module's TLS", () => {
  const { stackTraceLimit } = Error;

  // Tens of thousands of errors, and nobody looks at where they were made.
  before(() => void (Error.stackTraceLimit = 0));
  after(() => void (Error.stackTraceLimit = stackTraceLimit));

  it('become the context that an oracle computes, or are refused, ten thousand times', async function () {
    this.timeout(480_000);
    const seed = Number(process.env['ORACLE_SEED'] ?? Date.now() % 2 ** 31);
    const made = new RandomOptions(await makeMaterials(), seed);
    const objects = Array.from({ length: Number(process.env['ORACLE_OBJECTS'] ?? OBJECTS) }, () => made.next());
    const tally = new Tally();
    const benches = await Promise.all(families.map((family) => Bench.open(family)));
    const differences = await Promise.all(benches.map((bench) => examine(bench, objects, tally)));
    await Promise.all(benches.map((bench) => bench.close()));
    console.log(tally.toString());
    const all = differences.flat();
    if (all.length > 0) expect.fail(`ORACLE_SEED=${seed}\n${all.join('\n')}`);
    tally.check();
  });
});
