import { expect } from 'chai';
import type { ConnectOptions } from '../../lib/index.js';
import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { attemptWithNode, type Accepted, type Attempted } from '../support/tls-attempt.js';
import { TlsLink } from '../support/tls-link.js';
import { tlsMaterials, type TlsMaterials } from '../support/tls-materials.js';
import { TlsServers } from '../support/tls-servers.js';
import { everyLink, usual, type Cell, type LinkName } from './matrix-cell.js';
import { matrix } from './matrix-cells.js';
import { exceptionOf, expectedOf, unlawful, type NodeSays, type Trust } from './matrix-law.js';
import { MatrixTally } from './matrix-tally.js';

const modules: Readonly<Record<LinkName, VirtualModemOptions>> = {
  manual: { profile: 'manual' },
  sim7600: { profile: 'sim7600' },
  'sim7600, RSA only': { profile: 'sim7600', ecdsa: 'none' },
  // As A7670 (field note 5.12).
  a76xx: { profile: 'a76xx', ecdsa: 'p256' },
  sim767x: { profile: 'sim767x' },
};

type Target = ConnectOptions & { host: string; port: number };

/** Everything that the matrix is tried with. */
class Bench {
  readonly tally = new MatrixTally();
  readonly servers: TlsServers;
  readonly materials: TlsMaterials;
  readonly #node = new Map<string, Promise<Attempted>>();

  constructor(materials: TlsMaterials) {
    this.materials = materials;
    this.servers = new TlsServers(materials);
  }

  /** What a cell says, for the module and for Node. */
  async targets({ server, host = 'server.test', options, node }: Cell, trust: Trust) {
    const port = await this.servers.port(server);
    const off = trust === 'unverified' ? { rejectUnauthorized: false } : {};
    const modem: Target = { ...options?.(this.materials), ...off, host, port };
    return { modem, node: { ...modem, ...node?.(this.materials) } };
  }

  /** What Node itself says, which is asked once. */
  async node(cell: Cell, trust: Trust, more: object = {}): Promise<Attempted> {
    const key = `${cell.server} ${cell.name} ${trust} ${Object.keys(more).join()}`;
    const target = (await this.targets(cell, trust)).node;
    let asked = this.#node.get(key);
    if (!asked) {
      this.#node.set(key, (asked = attemptWithNode({ ...target, ...more } as Parameters<typeof attemptWithNode>[0])));
      this.tally.add('Node', await asked);
    }
    return asked;
  }
}

/** The verdict, or the code of a refusal. */
function said(outcome: Attempted): string {
  return outcome.verdict === 'refused' ? outcome.code : outcome.verdict;
}

function described(outcome: Attempted): string {
  return outcome.verdict === 'refused' ? outcome.message : `it says ${JSON.stringify(outcome)}`;
}

/** Whether such a module compares the name with these options (field note 5.10). */
function checksName(link: LinkName, trust: Trust, { cert, checkHostName }: ConnectOptions): boolean {
  return link === 'sim767x' && trust === 'verified' && cert === undefined && checkHostName !== false;
}

/** What a module's socket says must be so, and must be what was asked for. */
function expectHonest(outcome: Accepted, { options, link, trust }: { options: Target; link: LinkName; trust: Trust }) {
  const verified = trust === 'verified';
  expect(outcome.authorized, 'authorized').to.equal(verified);
  if (verified) expect(outcome.authorizationError, 'authorizationError').to.equal(null);
  else expect(outcome.authorizationError, 'authorizationError').to.be.a('string').that.is.not.empty;
  expect(outcome.hostNameChecked, 'hostNameChecked').to.equal(checksName(link, trust, options));
  expect(outcome.protocol, 'protocol').to.be.oneOf(['unknown', outcome.greeting.protocol]);
}

/** The server has been told the same of the client. */
function expectSameClient({ greeting }: Accepted, node: Attempted): void {
  if (node.verdict !== 'accepted') return;
  const seen = ({ servername, client, authorized }: Accepted['greeting']) => {
    return { servername: String(servername).toLowerCase(), client, authorized };
  };
  expect(seen(greeting)).to.deep.equal(seen(node.greeting));
}

describe('the TLS matrix', () => {
  let bench: Bench;

  before(async () => {
    bench = new Bench(await tlsMaterials());
  });

  after(async () => {
    await bench.servers.close();
  });

  async function tryModem(link: TlsLink, name: LinkName, cell: Cell, trust: Trust): Promise<void> {
    const { modem: options } = await bench.targets(cell, trust);
    const node: NodeSays = {
      outcome: await bench.node(cell, trust),
      nameWaived: () => bench.node(cell, trust, { checkServerIdentity: () => undefined }),
    };
    const exception = exceptionOf(cell, name, trust);
    const { publicRoot } = bench.materials;
    if (exception) expect(await unlawful(exception, { options, publicRoot }, node)).to.equal(undefined);
    const outcome = await link.attempt(options);
    bench.tally.add(trust === 'verified' ? 'modem' : 'modem, verification off', outcome);
    expect(said(outcome), `${trust}: ${described(outcome)}; Node: ${described(node.outcome)}`).to.equal(
      expectedOf(node.outcome, exception),
    );
    if (outcome.verdict === 'accepted') {
      expectHonest(outcome, { options, link: name, trust });
      expectSameClient(outcome, node.outcome);
      return;
    }
    if (outcome.code.startsWith('ERR_MODEM_')) expect(outcome.sent, 'bytes sent to the module').to.equal(0);
    await link.works();
  }

  async function tryHost(link: TlsLink, cell: Cell, trust: Trust): Promise<void> {
    const { node: options } = await bench.targets(cell, trust);
    const node = await bench.node(cell, trust);
    const outcome = await link.attempt({ ...options, tls: 'host' });
    bench.tally.add(trust === 'verified' ? 'host' : 'host, verification off', outcome);
    expect(said(outcome), `${trust}: ${described(outcome)}; Node: ${described(node)}`).to.equal(said(node));
    if (outcome.verdict !== 'accepted') return link.works();
    // Node has no word of its own for it: what it authorized, it has compared the name of.
    const { sent, authorized } = outcome;
    expect(outcome).to.deep.equal({ ...node, sent, hostNameChecked: authorized });
  }

  for (const name of everyLink) {
    describe(name, () => {
      let link: TlsLink;

      before(async () => {
        link = await TlsLink.open(modules[name], bench.servers, bench.materials);
      });

      after(async () => {
        await link.close();
      });

      for (const [subject, cells] of Object.entries(matrix)) {
        for (const cell of cells.filter(({ links = usual }) => links.includes(name))) {
          it(`${subject}: ${cell.name}`, async () => {
            bench.tally.cells++;
            for (const trust of ['verified', 'unverified'] as const) {
              await tryModem(link, name, cell, trust);
              await tryHost(link, cell, trust);
            }
          });
        }
      }

      it('has leaked no session and no context', async () => {
        await link.hasLeakedNothing();
      });
    });
  }

  // A suite of its own, since those come behind the tests of the one that they are in.
  describe('in all', () => {
    it('has both verdicts in every mode', () => {
      console.log(`      ${bench.tally.toString()}`);
      bench.tally.check();
    });
  });
});
