import { expect } from 'chai';
import { FastTime } from '../../support/fast-time.js';
import { installedVersion, readPage, runSnippet, titleOf, workingModes, type Given, type Mode } from '../page.js';
import { Stage } from './stage.js';

/** Ms that an open takes, not to be given up: the manual allows 120 s for it (F1003). */
const SLOWEST = 118_000;

interface Example {
  readonly given: (stage: Stage, mode: Mode) => Given;
  readonly printed: string;
}

const clients: Readonly<Record<string, Example>> = {
  ws: { given: (stage, mode) => stage.given(mode, 'web', '/echo'), printed: 'hello' },
  mqtt: { given: (stage, mode) => stage.given(mode, 'mqtt'), printed: 'devices/7/commands hello' },
};

for (const [client, { given, printed }] of Object.entries(clients)) {
  const page = readPage(client);

  describe(`docs/clients/${client}.md`, () => {
    let stage: Stage;

    beforeEach(async () => {
      stage = await Stage.open();
    });

    afterEach(async () => {
      await stage.close();
    });

    it('says of each mode that it works', () => {
      expect(workingModes(page)).to.have.members(['modem', 'host', false] satisfies Mode[]);
    });

    it('names the version that these specs run with', () => {
      expect(page.tested).to.equal(`${client} ${installedVersion(client)}`);
    });

    for (const mode of workingModes(page)) {
      it(`has a snippet that runs as it stands, ${titleOf(mode)}`, async () => {
        expect(await runSnippet(page.snippet, given(stage, mode))).to.deep.equal([printed]);
        expect(stage.opens).to.equal(1);
      });

      it(`has a snippet that bears the slowest open, ${titleOf(mode)}`, async () => {
        stage.rig.virtual.faults.openDelay = SLOWEST;
        const time = new FastTime();
        try {
          expect(await time.until(runSnippet(page.snippet, given(stage, mode)))).to.deep.equal([printed]);
          expect(time.elapsed).to.be.at.least(SLOWEST);
          expect(stage.opens).to.equal(1);
        } finally {
          time.restore();
        }
      });
    }
  });
}
