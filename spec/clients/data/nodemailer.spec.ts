import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Transporter } from 'nodemailer';
import { rejection } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { pattern } from '../http/stage.js';
import { mail, paths, transportOf } from './mail-paths.js';
import { MailStage, partsOf } from './mail-stage.js';
import { PASSWORD, USER } from './passwords.js';

for (const path of paths) {
  describe(`nodemailer, ${path.title}`, () => {
    let stage: MailStage;
    let transport: Transporter;

    beforeEach(async () => {
      stage = await MailStage.open();
      transport = transportOf(stage, path);
    });

    afterEach(async () => {
      transport.close();
      await stage.close();
    });

    const failure = async (to: string, more: object = {}) =>
      (await rejection(transport.sendMail(mail(to, more)))) as Error & { code?: string; responseCode?: number };

    it('logs in and sends a mail, and the session is free again', async () => {
      for (let count = 1; count <= 3; count++) {
        const { accepted } = (await transport.sendMail(mail())) as { accepted: string[] };
        expect(accepted).to.deep.equal(['you@b.test']);
        expect(stage.opens).to.equal(count);
      }
      expect(stage.mails).to.have.length(3);
      expect(stage.mails[0]).to.include({ from: 'device@a.test', user: USER, secure: path.way !== 'plain' });
      expect(stage.mails[0]?.raw.toString()).to.contain('Sent over the air.');
    });

    it('sends an attachment of 200 kB, to the byte, and one that is a stream', async () => {
      const content = pattern(200_000);
      const streamed = Readable.from([content.subarray(0, 70_000), content.subarray(70_000, 90_000)]);
      const attachments = [
        { filename: 'log.bin', content },
        { filename: 'more.bin', content: streamed },
      ];
      await transport.sendMail(mail('you@b.test', { attachments }));
      const [sent] = stage.mails;
      const [text, first, second] = sent ? partsOf(sent) : [];
      expect(text?.body.toString()).to.contain('Sent over the air.');
      expect(first?.head).to.contain('log.bin');
      expect(first?.body.equals(content)).to.equal(true);
      expect(second?.body.equals(content.subarray(0, 90_000))).to.equal(true);
    });

    it('sends several mails over one connection of its pool, which it says goodbye to', async () => {
      transport.close();
      transport = transportOf(stage, path, { pool: true, maxConnections: 1 });
      const names = ['one', 'two', 'three', 'four'];
      await Promise.all(names.map((name) => transport.sendMail(mail(`${name}@b.test`))));
      expect(stage.mails.map(({ to }) => to[0])).to.deep.equal(names.map((name) => `${name}@b.test`));
      expect(stage.opens).to.equal(1);
      transport.close();
      await until(() => stage.connections === 0);
    });

    it('tells of recipients that the server refuses, and the connection goes on', async () => {
      transport.close();
      transport = transportOf(stage, path, { pool: true, maxConnections: 1 });
      const { accepted, rejected } = (await transport.sendMail(mail(['you@b.test', 'nobody@b.test']))) as {
        accepted: string[];
        rejected: string[];
      };
      expect([accepted, rejected]).to.deep.equal([['you@b.test'], ['nobody@b.test']]);
      expect(await failure('nobody@b.test')).to.include({ code: 'EENVELOPE', responseCode: 550 });
      await transport.sendMail(mail('me@b.test'));
      expect([stage.mails.length, stage.opens]).to.deep.equal([2, 1]);
    });

    it('tells of a wrong password', async () => {
      transport.close();
      transport = transportOf(stage, path, { auth: { user: 'somebody', pass: PASSWORD } });
      expect(await failure('you@b.test')).to.include({ code: 'EAUTH', responseCode: 535 });
    });

    for (const pool of [false, true]) {
      it(`tells of a server that goes away in the middle, and connects anew${pool ? ', with a pool' : ''}`, async () => {
        transport.close();
        transport = transportOf(stage, path, { pool, maxConnections: 1 });
        for (const manner of ['broken', 'ended']) {
          expect((await failure(`${manner}@b.test`)).code).to.be.oneOf(['ECONNECTION', 'ESOCKET']);
        }
        await transport.sendMail(mail());
        expect([stage.mails.length, stage.opens]).to.deep.equal([1, 3]);
      });
    }

    it('aborts by signal, while it connects and while it waits', async () => {
      for (const moment of ['connecting', 'waiting']) {
        const controller = new AbortController();
        const failed = failure('silent@b.test', { signal: controller.signal });
        if (moment === 'connecting') await stage.rig.until(() => stage.opens === 1);
        else await until(() => stage.asked === 1);
        controller.abort();
        expect((await failed).name, moment).to.equal('AbortError');
      }
      await transport.sendMail(mail());
      expect(stage.mails).to.have.length(1);
    });

    it('gives up a server that is silent for socketTimeout', async () => {
      transport = transportOf(stage, path, { socketTimeout: 200 });
      expect(await failure('silent@b.test')).to.include({ code: 'ETIMEDOUT', message: 'Timeout' });
    });

    it('tells by the code of the socket why there is no connection', async () => {
      const refused = transportOf(stage, path, { port: 1 });
      expect(await rejection(refused.sendMail(mail()))).to.include({ code: 'ECONNREFUSED', syscall: 'connect' });
      const late = transportOf(stage, path, { connector: { connectTimeout: 50 } });
      stage.rig.virtual.faults.openDelay = 500;
      expect(await rejection(late.sendMail(mail()))).to.include({ code: 'ETIMEDOUT', syscall: 'connect' });
    });

    it('fails when the modem is closed, while it connects and while it waits', async () => {
      const failed = failure('silent@b.test');
      await until(() => stage.asked === 1);
      stage.rig.virtual.faults.openDelay = 60_000;
      const other = failure('you@b.test');
      await stage.rig.until(() => stage.opens === 2);
      await stage.rig.modem.close({ timeout: 100 });
      expect((await failed).code).to.be.oneOf(['ECONNECTION', 'ESOCKET']);
      expect((await other).code).to.equal('ECONNRESET');
    });
  });
}
