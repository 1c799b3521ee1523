import { expect } from 'chai';
import type { Rig } from '../../support/rig.js';
import { FastTime } from '../../support/fast-time.js';
import { installedVersion, readPage, runSnippet, titleOf, workingModes, type Given, type Mode } from '../page.js';
import { MailStage } from './mail-stage.js';
import { PostgresStage, STARTING, openDatabase } from './postgres-stage.js';
import { RedisServer, hasRedis } from './redis-server.js';
import { RedisStage } from './redis-stage.js';

interface Stage {
  readonly rig: Rig;
  given(mode: Mode): Given;
  /** Until the server sees that the snippet's client has gone. */
  left?(): Promise<void>;
  close(): Promise<void>;
}

/** What a page is tried on: a server that serves all of its specs, and a stage for each. */
interface Trial {
  readonly working: readonly Mode[];
  /** What the snippet prints. */
  readonly prints: string;
  readonly start: () => Promise<{ open: () => Promise<Stage>; stop: () => Promise<void> }>;
}

const trials: Readonly<Record<string, Trial>> = {
  nodemailer: {
    working: ['modem', 'host', false],
    prints: "[ 'you@b.test' ] 250 OK: message queued",
    start: () => Promise.resolve({ open: () => MailStage.open(), stop: () => Promise.resolve() }),
  },
  pg: {
    working: ['host', false],
    prints: "[ { said: 'over the air' } ]",
    start: async () => {
      const database = await openDatabase();
      return { open: () => PostgresStage.open(database), stop: () => Promise.resolve() };
    },
  },
  ioredis: {
    working: ['modem', 'host', false],
    prints: 'over the air',
    start: async () => {
      const server = await RedisServer.open();
      return { open: () => RedisStage.open(server), stop: () => server.close() };
    },
  },
};

/** Ms that an open takes, not to be given up: the manual allows 120 s for it (F1003). */
const SLOWEST = 118_000;

for (const [client, { working, prints, start }] of Object.entries(trials)) {
  const page = readPage(client);

  describe(`docs/clients/${client}.md`, () => {
    it('says of each mode whether it works', () => {
      expect([...page.modes.keys()]).to.have.members(['modem', 'host', false] satisfies Mode[]);
      expect(workingModes(page)).to.have.members(working);
    });

    it('names the version that these specs run with', () => {
      expect(page.tested).to.equal(`${client} ${installedVersion(client)}`);
    });
  });

  if (client === 'ioredis' && !hasRedis) continue;

  describe(`docs/clients/${client}.md, its snippet`, () => {
    let server: Awaited<ReturnType<Trial['start']>>;
    let stage: Stage;

    before(async function () {
      this.timeout(STARTING);
      server = await start();
    });

    after(async () => {
      await server.stop();
    });

    beforeEach(async () => {
      stage = await server.open();
    });

    afterEach(async () => {
      await stage.left?.();
      await stage.close();
    });

    for (const mode of workingModes(page)) {
      it(`runs as it stands, ${titleOf(mode)}`, async () => {
        expect(await runSnippet(page.snippet, stage.given(mode))).to.deep.equal([prints]);
      });

      it(`bears the slowest open, ${titleOf(mode)}`, async () => {
        stage.rig.virtual.faults.openDelay = SLOWEST;
        // Some count by the clock.
        const time = new FastTime(new Date());
        try {
          expect(await time.until(runSnippet(page.snippet, stage.given(mode)))).to.deep.equal([prints]);
          expect(time.elapsed).to.be.at.least(SLOWEST);
        } finally {
          time.restore();
        }
      });
    }
  });
}
