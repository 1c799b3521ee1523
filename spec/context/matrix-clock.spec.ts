import { expect } from 'chai';
import sinon from 'sinon';
import type { ConnectOptions, ModemOptions } from '../../lib/index.js';
import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { createAuthority, type IssuedCertificate } from '../support/certificates.js';
import { Rig, certificates } from '../support/rig.js';
import { attempt, type Attempted } from '../support/tls-attempt.js';
import { greet } from '../support/tls-servers.js';

const HALF_A_DAY = 43_200_000;

/** What clocks show. */
const times = {
  'in 1970': 0,
  'in 1980': Date.UTC(1980, 0, 6),
  'in 2020': Date.UTC(2020, 0, 1),
  today: Date.UTC(2027, 2, 4, 12),
  'two days later': Date.UTC(2027, 2, 6, 12),
} as const;
type Time = keyof typeof times;
const allTimes = Object.keys(times) as Time[];

interface Row {
  readonly host: Time;
  readonly module: Time;
  readonly clock: NonNullable<ModemOptions['clock']>;
  /** Whose certificates are valid then; nobody else's are. */
  readonly decides: Time;
}

const rows: readonly Row[] = [
  { host: 'in 2020', module: 'today', clock: 'auto', decides: 'today' },
  { host: 'today', module: 'in 1980', clock: 'auto', decides: 'today' },
  { host: 'today', module: 'in 1970', clock: 'auto', decides: 'today' },
  { host: 'in 2020', module: 'in 1980', clock: 'auto', decides: 'in 2020' },
  { host: 'today', module: 'two days later', clock: 'auto', decides: 'two days later' },
  { host: 'two days later', module: 'today', clock: 'auto', decides: 'two days later' },
  { host: 'in 2020', module: 'today', clock: 'host', decides: 'in 2020' },
  { host: 'today', module: 'two days later', clock: 'host', decides: 'today' },
  { host: 'today', module: 'in 1980', clock: 'module', decides: 'in 1980' },
  { host: 'two days later', module: 'today', clock: 'module', decides: 'today' },
];

/** A server's certificate, and the authority that it is verified by. */
interface Pair {
  readonly leaf: IssuedCertificate;
  readonly ca: string;
}

const accepted = { verdict: 'accepted', authorized: true, authorizationError: null };

const around = (time: Time) => ({
  notBefore: new Date(times[time] - HALF_A_DAY),
  notAfter: new Date(times[time] + HALF_A_DAY),
});
const always = { notBefore: new Date(Date.UTC(1960, 0, 1)), notAfter: new Date(Date.UTC(2090, 0, 1)) };

/** Pairs of which the certificate, or the authority, is valid around one time alone. */
async function makePairs(which: 'certificate' | 'authority'): Promise<Map<Time, Pair>> {
  const [ofLeaf, ofRoot] = which === 'certificate' ? [around, () => always] : [() => always, around];
  const pairs = new Map<Time, Pair>();
  for (const time of allTimes) {
    const authority = await createAuthority({ name: `Authority ${time}`, ...ofRoot(time) });
    pairs.set(time, { ca: authority.pem, leaf: await authority.issue({ names: ['server.test'], ...ofLeaf(time) }) });
  }
  return pairs;
}

/** A modem and a module with clocks of their own, until it is closed. */
class Clocks {
  readonly rig: Rig;
  readonly #dates: sinon.SinonFakeTimers;

  private constructor(rig: Rig, dates: sinon.SinonFakeTimers) {
    this.rig = rig;
    this.#dates = dates;
  }

  static async open({ host, module, clock }: Row, profile: VirtualModemOptions['profile']): Promise<Clocks> {
    const dates = sinon.useFakeTimers({ now: times[host], toFake: ['Date'] });
    try {
      const virtual = { profile, clock: new Date(times[module]) };
      return new Clocks(await Rig.open({ virtual, modem: { clock, rtscts: true } }), dates);
    } catch (error) {
      dates.restore();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.rig.close();
    this.#dates.restore();
  }

  /** What becomes of a connection to a server with that certificate. */
  async connect({ leaf, ca }: Pair, options: ConnectOptions = {}): Promise<Attempted> {
    const port = await this.rig.tls(greet, leaf);
    return attempt(() => this.rig.modem.connect({ host: 'server.test', port, ca, ...options }));
  }
}

/** The handshake failed, and the message names the time that decided. */
function expectRefused(outcome: Attempted, decides: Time): void {
  expect(outcome).to.include({ verdict: 'refused', code: 'EPROTO' });
  const { message } = outcome as { message: string };
  expect(message).to.contain("the module's clock").and.contain(new Date(times[decides]).toISOString().slice(0, 16));
}

describe('the TLS matrix, by the clocks', () => {
  let clocks: Clocks | undefined;
  let certificatesOf: Map<Time, Pair>;
  let authoritiesOf: Map<Time, Pair>;

  before(async () => {
    // Made for all specs: at the real time.
    await certificates();
    certificatesOf = await makePairs('certificate');
    authoritiesOf = await makePairs('authority');
  });

  afterEach(async () => {
    await clocks?.close();
    clocks = undefined;
  });

  // The others do nothing else with a clock than the first.
  for (const profile of ['manual', 'sim767x'] as const) {
    for (const row of rows) {
      const { host, module, clock, decides } = row;
      it(`${profile}, host ${host}, module ${module}, clock '${clock}': valid is what is valid ${decides}`, async () => {
        clocks = await Clocks.open(row, profile);
        for (const [time, pair] of certificatesOf) {
          const outcome = await clocks.connect(pair);
          if (time === decides) expect(outcome, `certificate of ${time}`).to.include(accepted);
          else expectRefused(outcome, decides);
          expect(await clocks.connect(pair, { checkDates: false }), `certificate of ${time}`).to.include(accepted);
        }
        for (const [time, pair] of authoritiesOf) {
          const outcome = await clocks.connect(pair);
          // What is over by the host's clock is not sent to the module at all.
          const expired = times[time] + HALF_A_DAY < times[host];
          if (expired) expect(outcome).to.include({ verdict: 'refused', code: 'ERR_MODEM_CERTIFICATE' });
          else if (time === decides) expect(outcome, `authority of ${time}`).to.include(accepted);
          else expectRefused(outcome, decides);
        }
      });
    }
  }

  it('a certificate that is over by now is refused, by the module and not by the host', async () => {
    const row: Row = { host: 'today', module: 'today', clock: 'auto', decides: 'today' };
    clocks = await Clocks.open(row, 'manual');
    const pair = certificatesOf.get('today');
    if (pair === undefined) throw new Error('there is no certificate of today');
    expect(await clocks.connect(pair)).to.include(accepted);
    clocks.rig.virtual.clock = new Date(times['two days later']);
    expectRefused(await clocks.connect(pair), 'two days later');
    clocks.rig.virtual.clock = new Date(times.today);
    expect(await clocks.connect(pair)).to.include(accepted);
  });
});
