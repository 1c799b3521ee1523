import { expect } from 'chai';
import type { RegistrationKind, RegistrationState, RegistrationStep } from '../../../lib/virtual/index.js';
import { cleanUp, commands, fastTime, open, openFails, tells, virtualModem } from '../../support/bring-up.js';

/** The network says this of one kind, and of the others that it denies. */
function only(kind: RegistrationKind, state: RegistrationState): RegistrationStep[] {
  return [[0, { CREG: 3, CGREG: 3, CEREG: 3, [kind]: state }]];
}

describe('Modem.open: registration', () => {
  afterEach(cleanUp);

  it('waits while it is denied, then searching, then registered', async () => {
    const time = fastTime();
    const virtual = virtualModem({
      registration: [
        [0, 3],
        [10_000, 2],
        [25_000, 1],
      ],
    });
    const { modem, told } = await time.until(open(virtual));
    expect(modem.state).to.equal('ready');
    expect(time.elapsed).to.be.within(25_000, 27_000);
    const seen = told.progress.filter(({ step }) => step === 'registration').map(({ detail }) => detail);
    expect([...new Set(seen)]).to.deep.equal(['denied', 'searching']);
    expect((await modem.info()).registration).to.equal('registered');
  });

  for (const [what, kind, state, text] of [
    ['on LTE only', 'CEREG', 1, 'registered'],
    ['on LTE only, abroad', 'CEREG', 5, 'registered, roaming'],
    ['for packets only', 'CGREG', 1, 'registered'],
    ['for packets only, abroad', 'CGREG', 5, 'registered, roaming'],
  ] as const) {
    it(`is enough ${what}`, async () => {
      const virtual = virtualModem({ registration: only(kind, state) });
      const { modem } = await open(virtual);
      expect((await modem.info()).registration).to.equal(text);
    });
  }

  it('is not enough for calls only', async () => {
    const time = fastTime();
    const virtual = virtualModem({ registration: only('CREG', 1) });
    const { error } = await time.until(openFails(virtual, { registrationTimeout: 5000 }));
    expect(error.code).to.equal('ERR_MODEM_NOT_REGISTERED');
    tells(error, 'denied');
  });

  it('ERR_MODEM_NOT_REGISTERED tells the states seen in their order, signal, operator and access point', async () => {
    const time = fastTime();
    const virtual = virtualModem({
      storedApn: 'old.example',
      registration: [
        [0, 0],
        [3000, 2],
        [9000, 3],
      ],
    });
    const { error } = await time.until(openFails(virtual, { registrationTimeout: 30_000 }));
    expect(error).to.include({ code: 'ERR_MODEM_NOT_REGISTERED', transient: true });
    tells(
      error,
      'States seen: not registered, not searching, searching, denied;',
      'signal unknown',
      'operator none',
      "APN 'old.example'",
      'antenna',
      'registrationTimeout',
    );
    expect(time.elapsed).to.be.within(30_000, 32_000);
  });

  it('and with what it hears: signal and operator, and that no access point is stored', async () => {
    const time = fastTime();
    const virtual = virtualModem({ registration: only('CREG', 1), signal: 7, operator: 'Example Mobile' });
    const { error } = await time.until(openFails(virtual, { registrationTimeout: 5000 }));
    tells(error, 'signal 7 of 31', 'operator Example Mobile', 'APN none stored');
  });

  it('has its time counted with that of the SIM', async () => {
    const time = fastTime();
    const virtual = virtualModem({ simDelay: 15_000, registrationState: 2 });
    const { error } = await time.until(openFails(virtual, { registrationTimeout: 20_000 }));
    expect(error.code).to.equal('ERR_MODEM_NOT_REGISTERED');
    expect(time.elapsed).to.be.within(20_000, 22_000);
  });

  it('an abort ends it at once', async () => {
    const time = fastTime();
    const virtual = virtualModem({ registrationState: 2 });
    const controller = new AbortController();
    const opening = openFails(virtual, { signal: controller.signal });
    await time.passes(7300);
    controller.abort();
    const { error } = await time.until(opening);
    expect(error.code).to.equal('ABORT_ERR');
    expect(time.elapsed).to.be.below(8000);
    expect(commands(virtual, 'AT+CCH').filter((text) => !text.endsWith('?'))).to.deep.equal([]);
  });
});
