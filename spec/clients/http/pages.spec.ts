import { expect } from 'chai';
import { FastTime } from '../../support/fast-time.js';
import { installedVersion, readPage, runSnippet, titleOf, workingModes, type Mode } from '../page.js';
import { Stage } from './stage.js';

/** The pages, and the packages that they are about; Node's own clients come with Node. */
const packages: Readonly<Record<string, string | undefined>> = {
  https: undefined,
  http2: undefined,
  fetch: 'undici',
  undici: 'undici',
  axios: 'axios',
  got: 'got',
};

/** Ms that an open takes, not to be given up: the manual allows 120 s for it (F1003). */
const SLOWEST = 118_000;

for (const [client, name] of Object.entries(packages)) {
  const page = readPage(client);

  describe(`docs/clients/${client}.md`, () => {
    let stage: Stage;

    beforeEach(async () => {
      stage = await Stage.open({ version: client === 'http2' ? 2 : 1 });
    });

    afterEach(async () => {
      await stage.close();
    });

    /** What was printed, and what the server saw, is the one answer to the one request. */
    function expectAnswer(printed: readonly string[]): void {
      const answer = { method: 'GET', path: '/status', body: '' };
      expect(stage.seen).to.deep.equal([answer]);
      expect(printed).to.have.length(1);
      expect(printed[0]).to.match(/^(200 )?\{ method: 'GET', path: '\/status', body: '' \}$/);
    }

    it('says of each mode whether it works', () => {
      expect([...page.modes.keys()]).to.have.members(['modem', 'host', false] satisfies Mode[]);
      expect(workingModes(page)).to.include.members(['host', false] satisfies Mode[]);
    });

    it('names the version that these specs run with', () => {
      if (name !== undefined) expect(page.tested).to.equal(`${name} ${installedVersion(name)}`);
      else expect(page.tested.match(/\d+/g)).to.include(process.versions.node.split('.')[0]);
    });

    for (const mode of workingModes(page)) {
      it(`has a snippet that runs as it stands, ${titleOf(mode)}`, async () => {
        expectAnswer(await runSnippet(page.snippet, stage.given(mode)));
      });

      it(`has a snippet that bears the slowest open, ${titleOf(mode)}`, async () => {
        stage.rig.virtual.faults.openDelay = SLOWEST;
        const time = new FastTime();
        try {
          expectAnswer(await time.until(runSnippet(page.snippet, stage.given(mode))));
          expect(time.elapsed).to.be.at.least(SLOWEST);
        } finally {
          time.restore();
        }
      });
    }
  });
}
