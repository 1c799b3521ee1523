import { once } from 'node:events';
import { expect } from 'chai';
import nodemailer from 'nodemailer';
import { FastTime } from '../../support/fast-time.js';
import { rejection } from '../../support/rig.js';
import { mail, paths, transportOf } from './mail-paths.js';
import { MailStage } from './mail-stage.js';
import { PASSWORD, USER } from './passwords.js';

/** Codes for a server that nobody vouches for, by who does TLS. */
const unverified: Readonly<Record<string, string>> = {
  modem: 'ERR_MODEM_CA_REQUIRED',
  host: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  starttls: 'ESOCKET',
};

for (const path of paths.filter(({ way }) => way !== 'plain')) {
  describe(`nodemailer and certificates, ${path.title}`, () => {
    let stage: MailStage;

    beforeEach(async () => {
      stage = await MailStage.open();
    });

    afterEach(async () => {
      await stage.close();
    });

    it('sends nothing to a server that nobody vouches for', async () => {
      const transport = transportOf(stage, path, { tls: {}, connector: { ca: undefined } });
      const { code } = await rejection(transport.sendMail(mail()));
      expect(code).to.equal(unverified[path.way === 'implicit' ? String(path.mode) : path.way]);
      expect(stage.mails).to.deep.equal([]);
      expect(stage.asked).to.equal(0);
    });
  });
}

for (const path of paths) {
  describe(`nodemailer's times, ${path.title}`, () => {
    let stage: MailStage;
    let time: FastTime;

    beforeEach(async () => {
      stage = await MailStage.open();
      // Its deadlines are counted by the clock.
      time = new FastTime(new Date());
    });

    afterEach(async () => {
      time.restore();
      await stage.close();
    });

    it('have the opening count for connectionTimeout, so that its 120 s leave none for the greeting', async () => {
      stage.rig.virtual.faults.openDelay = 119_000;
      // The virtual modem is connected long before it says so, and its TLS done.
      stage.greetingDelay = path.mode === 'host' ? 3000 : 122_000;
      const error = await time.until(rejection(transportOf(stage, path).sendMail(mail())));
      expect(error).to.include({ code: 'ETIMEDOUT', message: 'Greeting never received' });
      expect(time.elapsed).to.be.within(119_900, 122_000);
      await time.until(transportOf(stage, path, { connectionTimeout: 240_000 }).sendMail(mail()));
      expect(stage.mails).to.have.length(1);
    });

    it('wait 30 s for the greeting, unless told otherwise', async () => {
      stage.greetingDelay = 50_000;
      const error = await time.until(rejection(transportOf(stage, path).sendMail(mail())));
      expect(error).to.include({ code: 'ETIMEDOUT', message: 'Greeting never received' });
      expect(time.elapsed).to.be.within(30_000, 40_000);
      await time.until(transportOf(stage, path, { greetingTimeout: 60_000 }).sendMail(mail()));
      expect(stage.mails).to.have.length(1);
    });

    if (path.way === 'plain' || path.mode === 'modem') {
      it('hold the session for 5 s behind a mail, unless told otherwise', async () => {
        await time.until(transportOf(stage, path, { socketCloseTimeout: undefined }).sendMail(mail()));
        await time.passes(4500);
        expect(stage.connections).to.equal(1);
        await time.passes(1000);
        expect(stage.connections).to.equal(0);
      });
    }

    it('close an idle connection of a pool after 4 minutes, which frees the session', async () => {
      const transport = transportOf(stage, path, { pool: true });
      await time.until(transport.sendMail(mail()));
      await time.passes(230_000);
      expect(stage.connections).to.equal(1);
      await time.passes(20_000);
      expect(stage.connections).to.equal(0);
      transport.close();
    });
  });
}

describe('nodemailer, what the page says of it', () => {
  let stage: MailStage;

  beforeEach(async () => {
    stage = await MailStage.open();
  });

  afterEach(async () => {
    await stage.close();
  });

  const [path = { title: '', mode: false, way: 'plain' } as const] = paths;

  it('refuses with requireTLS a server that has no STARTTLS, before the password is sent', async () => {
    const transport = transportOf(stage, { title: '', mode: false, way: 'plain' }, { requireTLS: true });
    expect((await rejection(transport.sendMail(mail()))).code).to.equal('ETLS');
    expect(stage.mails).to.deep.equal([]);
  });

  it('takes a connection that stands, for one mail', async () => {
    const { modem, ca } = stage.rig;
    const connection = modem.connect({ host: 'server.test', port: stage.port('implicit'), ca });
    await once(connection, 'secureConnect');
    const closed = once(connection, 'close');
    const options = { host: 'server.test', connection, secure: true, secured: true, socketCloseTimeout: 0 };
    await nodemailer.createTransport({ ...options, auth: { user: USER, pass: PASSWORD } }).sendMail(mail());
    await closed;
    expect([stage.mails.length, stage.opens]).to.deep.equal([1, 1]);
  });

  it("does not go through the modem to find the name, with the option 'socket'", async () => {
    const socket = stage.rig.modem.socket({ tls: false });
    const transport = nodemailer.createTransport({
      host: 'server.test',
      port: stage.port('plain'),
      socket,
      dnsTimeout: 1,
    });
    expect((await rejection(transport.sendMail(mail()))).code).to.equal('EDNS');
    expect(stage.opens).to.equal(0);
    socket.destroy();
  });

  it("does STARTTLS on the host only: the module's TLS cannot begin in the middle of a connection", async () => {
    const transport = transportOf(stage, { ...path, mode: 'modem', way: 'implicit' }, { port: stage.port('starttls') });
    const error = await rejection(transport.sendMail(mail()));
    expect(error).to.include({ code: 'EPROTO' });
  });
});
