import { createHash, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { rootCertificates } from 'node:tls';
import { expect } from 'chai';
import sinon from 'sinon';
import type { ModemSocket } from '../../lib/index.js';
import type { ConnectOptions } from '../../lib/socket/index.js';
import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { createAuthority, type Authority } from '../support/certificates.js';
import { Rig, rejection, type RigOptions } from '../support/rig.js';
import { KEY_PASSWORD as passphrase, OTHER_KEY_PASSWORD } from '../support/secrets.js';

const HOUR = 3_600_000;

/** The name that a content makes. */
function named(role: string, content: string): string {
  return `${role}-${createHash('sha256').update(content).digest('hex').slice(0, 32)}.pem`;
}

describe('certificate files on the module', () => {
  let rig: Rig;
  let port: number;
  /** Other authorities than that of the server. */
  let others: Authority[];

  before(async () => {
    others = await Promise.all(Array.from({ length: 12 }, (_, index) => createAuthority({ name: `Other ${index}` })));
  });

  afterEach(async () => {
    sinon.restore();
    await rig.close();
  });

  async function open(virtual: VirtualModemOptions = {}, options: RigOptions = {}): Promise<void> {
    rig = await Rig.open({ ...options, virtual });
    port = await rig.tls((socket) => void socket.resume());
  }

  /** Connects, hangs up, and tells what the module was told for it. */
  async function connect(options: ConnectOptions = {}): Promise<string[]> {
    const from = rig.virtual.log.length;
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, ...options }) as ModemSocket;
    await once(socket, 'secureConnect');
    socket.destroy();
    await once(socket, 'close');
    return said(from).filter((text) => !/CCHRECV|CCHCLOSE|CCHOPEN\?/.test(text));
  }

  /** The module restarts, and is brought up again. */
  async function reset(): Promise<void> {
    const ready = new Promise<void>((resolve) =>
      rig.modem.on('state', (state) => {
        if (state === 'ready') resolve();
      }),
    );
    rig.virtual.reset();
    await ready;
  }

  function said(from: number): string[] {
    const entries = rig.virtual.log.slice(from);
    return entries.filter(({ direction }) => direction === 'host').map(({ text }) => text);
  }

  const opensSaid = () => said(0).filter((text) => text.startsWith('AT+CCHOPEN='));

  const asked = (commands: string[], name: string) => commands.filter((text) => text.startsWith(`AT+${name}`));

  /** Uploads of files, by name. */
  const uploads = (commands: string[]) => asked(commands, 'CCERTDOWN').map((text) => /"(.+)"/.exec(text)?.[1] ?? '');

  async function fail(options: ConnectOptions = {}): Promise<Error & { code?: string }> {
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, ...options });
    const [error] = (await once(socket, 'error')) as [Error & { code?: string }];
    return error;
  }

  describe('for connections', () => {
    it('are deleted, then uploaded, then named by a context', async () => {
      await open();
      const commands = await connect();
      const name = named('ca', rig.ca);
      const relevant = commands.filter((text) => /CCERT|cacert|CCHOPEN=/.test(text));
      expect(relevant).to.deep.equal([
        'AT+CCERTLIST',
        `AT+CCERTDELE="${name}"`,
        `AT+CCERTDOWN="${name}",${rig.ca.length}`,
        `AT+CSSLCFG="cacert",0,"${name}"`,
        `AT+CCHOPEN=0,"server.test",${port},2`,
      ]);
      expect(rig.virtual.files.get(name)?.toString()).to.equal(rig.ca);
    });

    it('are asked for no more with known options: CCHOPEN alone, or with CCHSSLCFG before it', async () => {
      await open();
      const second = async (id: number) => {
        const other = rig.modem.connect({ host: 'server.test', port, tls: false });
        await once(other, 'connect');
        const commands = await connect();
        other.destroy();
        await once(other, 'close');
        return commands.join().includes(`CCHOPEN=${id},`) ? commands : undefined;
      };
      await connect();
      // Contexts are kept, sessions change.
      const seen = new Map<number, string[]>();
      while (seen.size < 2) {
        for (const id of [0, 1]) {
          const commands = await second(id);
          if (commands) seen.set(id, commands);
        }
      }
      expect(seen.get(0)).to.deep.equal([`AT+CCHOPEN=0,"server.test",${port},2`]);
      expect(seen.get(1)).to.deep.equal(['AT+CCHSSLCFG=1,0', `AT+CCHOPEN=1,"server.test",${port},2`]);
    });

    it('are found by another program, and not uploaded', async () => {
      await open();
      await connect();
      await rig.modem.close();
      const { Modem } = await import('../../lib/index.js');
      const modem = await Modem.open({ stream: rig.virtual.attach() });
      const from = rig.virtual.log.length;
      await once(modem.connect({ host: 'server.test', port, ca: rig.ca }), 'secureConnect');
      expect(uploads(said(from))).to.deep.equal([]);
      await modem.close();
    });

    it('are written anew when a truncated one, found under the right name, gives 15, and the connect succeeds', async () => {
      await open();
      const name = named('ca', rig.ca);
      rig.virtual.files.set(name, Buffer.from(rig.ca.slice(0, 200)));
      expect(uploads(await connect())).to.deep.equal([name]);
      expect(rig.virtual.files.get(name)?.toString()).to.equal(rig.ca);
    });

    it('are written once an hour: one that vanishes again fails the connect, and comes when the hour is over', async () => {
      await open();
      await connect();
      const name = named('ca', rig.ca);
      rig.virtual.files.delete(name);
      await reset();
      const error = await fail();
      expect(error).to.have.property('code', 'ERR_MODEM_CERTIFICATE');
      expect(error.message)
        .to.contain(name)
        .and.to.match(/written within the hour.* in 60 min/);
      const now = performance.now();
      sinon.stub(performance, 'now').callsFake(() => now + HOUR);
      expect(uploads(await connect())).to.deep.equal([name]);
    });

    it('that somebody else has deleted come again with the next connect, when this process has not just written them', async () => {
      await open();
      const name = named('ca', rig.ca);
      rig.virtual.files.set(name, Buffer.from(rig.ca));
      expect(uploads(await connect())).to.deep.equal([]);
      rig.virtual.files.delete(name);
      // The module answers 19, and the file is looked for.
      expect(uploads(await connect())).to.deep.equal([name]);
      rig.virtual.files.delete(name);
      const error = await fail();
      expect(error).to.have.property('code', 'ERR_MODEM_CERTIFICATE');
      expect(error.message).to.match(/has lost .*written within the hour/);
      await rig.modem.certificates.put(rig.ca);
      expect(uploads(await connect())).to.deep.equal([]);
    });

    it('found truncated by two connects at once are written once, and both succeed', async () => {
      await open();
      const name = named('ca', rig.ca);
      rig.virtual.files.set(name, Buffer.from(rig.ca.slice(0, 200)));
      const both = [0, 1].map(() => rig.modem.connect({ host: 'server.test', port, ca: rig.ca }));
      await Promise.all(both.map((socket) => once(socket, 'secureConnect')));
      expect(uploads(said(0))).to.deep.equal([name]);
      for (const socket of both) socket.destroy();
    });

    it('are not written a second time within the hour because of a 15', async () => {
      await open();
      const wrong = others[0]?.pem ?? '';
      for (let times = 0; times < 3; times++) expect(await fail({ ca: wrong })).to.have.property('code', 'EPROTO');
      expect(uploads(said(0))).to.deep.equal([named('ca', wrong)]);
      await reset();
      expect(await fail({ ca: wrong })).to.have.property('code', 'EPROTO');
      expect(uploads(said(0))).to.deep.equal([named('ca', wrong)]);
    });

    it('go up in packets of at most 1024 bytes, with silence behind each', async () => {
      const written: { bytes: number; time: number }[] = [];
      await open(
        {},
        {
          filter: (port) => {
            const write = port.write.bind(port) as (chunk: Buffer, ...rest: unknown[]) => boolean;
            Object.assign(port, {
              write: (chunk: Buffer, ...rest: unknown[]) => {
                written.push({ bytes: chunk.length, time: performance.now() });
                return write(chunk, ...rest);
              },
            });
            return port;
          },
        },
      );
      const bundle = [rig.ca, ...others.map(({ pem }) => pem)].slice(0, 9).join('');
      await connect({ ca: bundle });
      const prompted = written.findIndex(({ bytes }) => bytes === 1024);
      const packets = written.slice(prompted, prompted + Math.ceil(bundle.length / 1024));
      expect(packets.map(({ bytes }) => bytes)).to.deep.equal([
        ...Array.from({ length: Math.floor(bundle.length / 1024) }, () => 1024),
        bundle.length % 1024,
      ]);
      // 89 ms for the bytes at 115 200, then 50 ms of silence.
      const gaps = packets.slice(1).map(({ time }, index) => time - (packets[index]?.time ?? 0));
      expect(Math.min(...gaps)).to.be.above(120);
      expect(rig.virtual.files.get(named('ca', bundle))?.toString()).to.equal(bundle);
    });

    it('give way when the module has no room: ours only, the one that was used longest ago first', async () => {
      await open({ maxFiles: 3 });
      rig.virtual.files.set('users.pem', Buffer.from(rig.ca));
      const [first = '', second = '', third = ''] = others.map(({ pem }) => pem);
      for (const ca of [first, second, third]) expect(await fail({ ca })).to.have.property('code', 'EPROTO');
      expect([...rig.virtual.files.keys()]).to.have.members(['users.pem', named('ca', second), named('ca', third)]);
    });

    it('never give way while a connection is open that needs them', async () => {
      await open({ maxFiles: 1 });
      const held = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
      await once(held, 'secureConnect');
      const error = await fail({ ca: others[0]?.pem });
      expect(error).to.have.property('code', 'ERR_MODEM_CERTIFICATE');
      expect([...rig.virtual.files.keys()]).to.deep.equal([named('ca', rig.ca)]);
      held.destroy();
    });

    it('refused once are tried again, and refused twice fail the connect; the next finds a port that is not blocked', async () => {
      await open({ faults: { uploadRefused: 1 } });
      await connect();
      expect(uploads(said(0))).to.have.length(2);
      await rig.close();
      await open({ faults: { uploadRefused: 2 } });
      expect(await fail()).to.have.property('code', 'ERR_MODEM_CERTIFICATE');
      expect(rig.virtual.files.size).to.equal(0);
      await connect();
    });

    it('cut short by a reset leave half a file that is believed by nobody: the connect goes on, and writes it whole', async () => {
      await open({ faults: { uploadCut: [1, 300] } });
      const name = named('ca', rig.ca);
      const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
      await once(socket, 'secureConnect');
      expect(uploads(said(0))).to.deep.equal([name, name]);
      expect(rig.virtual.files.get(name)?.toString()).to.equal(rig.ca);
      expect(opensSaid()).to.have.length(1);
      socket.destroy();
    });

    it('that one refusal is about something else cost nobody his files', async () => {
      await open({ maxFiles: 20 });
      const { certificates } = rig.modem;
      const kept = await Promise.all(others.slice(0, 5).map(({ pem }) => certificates.put(pem)));
      rig.virtual.faults.uploadRefused = 1;
      await connect();
      expect([...rig.virtual.files.keys()]).to.include.members(kept);
    });

    it('of a context that the user has set up never give way, nor are they removed under its connection', async () => {
      await open({ maxFiles: 2 });
      const { certificates, ssl } = rig.modem;
      const name = await certificates.put(rig.ca);
      for (const [key, value] of [
        ['sslversion', 3],
        ['authmode', 1],
        ['cacert', name],
      ] as const) {
        await ssl.CSSLCFG.write({ key, context: 5, value } as never);
      }
      for (const { pem } of others.slice(0, 3)) expect(await fail({ ca: pem })).to.have.property('code', 'EPROTO');
      expect([...rig.virtual.files.keys()]).to.include(name);
      const held = rig.modem.connect({ host: 'server.test', port, sslContext: 5 });
      await once(held, 'secureConnect');
      expect(await rejection(certificates.remove(name))).to.have.property('code', 'ERR_MODEM_IN_USE');
      held.destroy();
      await once(held, 'close');
      await certificates.remove(name);
    });

    it('that are named by no context go before those that are', async () => {
      await open({ maxFiles: 2 });
      const stray = await rig.modem.certificates.put(others[0]?.pem ?? '');
      await connect();
      expect(await fail({ ca: others[1]?.pem })).to.have.property('code', 'EPROTO');
      expect([...rig.virtual.files.keys()])
        .to.include(named('ca', rig.ca))
        .and.not.to.include(stray);
    });
  });

  describe('twenty-two different sets of options on ten contexts, two of them in use at a time', () => {
    it('each connection goes by its own, and the one that stays open keeps its own', async () => {
      await open();
      const held = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
      await once(held, 'secureConnect');
      // The server's own authority is in the first file of each pair, and not in the second.
      for (const { pem } of others.slice(0, 11)) {
        await connect({ ca: [pem, rig.ca] });
        expect(await fail({ ca: pem })).to.have.property('code', 'EPROTO');
      }
      const files = rig.virtual.contexts.map(({ cacert }) => cacert);
      expect(new Set(files).size, 'contexts with settings of their own').to.equal(10);
      expect(files, 'the one in use').to.include(named('ca', rig.ca));
      expect(held.destroyed).to.equal(false);
      held.destroy();
    });
  });

  describe('modem.certificates', () => {
    it('lists them', async () => {
      await open();
      expect(await rig.modem.certificates.list()).to.deep.equal([]);
      await connect();
      expect(await rig.modem.certificates.list()).to.deep.equal([named('ca', rig.ca)]);
    });

    it('stores authorities, certificates and keys under names of their role and content', async () => {
      await open();
      const { certificates } = rig.modem;
      const [authority] = others;
      const leaf = await authority?.issue({ names: ['client.test'], client: true });
      const ca = authority?.pem ?? '';
      expect(await certificates.put(ca)).to.equal(named('ca', ca));
      expect(await certificates.put(Buffer.from(leaf?.cert ?? ''))).to.equal(named('crt', leaf?.cert ?? ''));
      expect(await certificates.put(leaf?.key ?? '')).to.equal(named('key', leaf?.key ?? ''));
      expect(rig.virtual.files.get(named('key', leaf?.key ?? ''))?.toString()).to.equal(leaf?.key);
    });

    it('stores a file under a name of the user’s, as PEM or DER', async () => {
      await open();
      const ca = others[0]?.pem ?? '';
      expect(await rig.modem.certificates.put(ca, { name: 'device.der' })).to.equal('device.der');
      const der = Buffer.from(ca.replace(/-----[^-]+-----|\s/g, ''), 'base64');
      expect(rig.virtual.files.get('device.der')?.equals(der)).to.equal(true);
    });

    it('writes nothing twice within the hour, unless it was deleted', async () => {
      await open();
      const { certificates } = rig.modem;
      const ca = others[0]?.pem ?? '';
      await certificates.put(ca);
      await certificates.put(ca);
      expect(uploads(said(0))).to.have.length(1);
      await certificates.remove(named('ca', ca));
      await certificates.put(ca);
      expect(uploads(said(0))).to.have.length(2);
    });

    it('refuses what is of no use, before anything is written', async () => {
      await open();
      const { certificates } = rig.modem;
      const expired = await createAuthority({ notAfter: new Date(Date.now() - 86_400_000) });
      const encrypted = createPrivateKey((await expired.issue({ names: ['x.test'] })).key).export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase,
      }) as string;
      const before = rig.virtual.log.length;
      const wrong: [string | Buffer, object, string, RegExp][] = [
        ['nonsense', {}, 'ERR_MODEM_CERTIFICATE', /neither certificate nor private key/],
        [Buffer.alloc(0), {}, 'ERR_MODEM_CERTIFICATE', /neither certificate nor private key/],
        [[rig.ca] as never, {}, 'ERR_MODEM_CERTIFICATE', /one file/],
        [rig.ca, { nme: 'a.pem' }, 'ERR_INVALID_ARG_VALUE', /'nme'.*'name'/],
        [expired.pem, {}, 'ERR_MODEM_CERTIFICATE', /expired.*checkDates/],
        [encrypted, { passphrase: OTHER_KEY_PASSWORD }, 'ERR_MODEM_CERTIFICATE', /'passphrase' does not open/],
        [rootCertificates.slice(0, 12).join(''), {}, 'ERR_MODEM_CERTIFICATE', /10240/],
        [others[0]?.pem ?? '', { name: named('ca', rig.ca) }, 'ERR_INVALID_ARG_VALUE', /says what another content is/],
        [rig.ca, { name: 'a.txt' }, 'ERR_INVALID_ARG_VALUE', /name/],
        [rig.ca, { name: 'a"b.pem' }, 'ERR_INVALID_ARG_VALUE', /quote/],
      ];
      for (const [content, options, code, text] of wrong) {
        const error = await rejection(certificates.put(content, options));
        expect(error, String(text)).to.have.property('code', code);
        expect(error.message).to.match(text).and.not.to.contain(OTHER_KEY_PASSWORD);
      }
      expect(said(before)).to.deep.equal([]);
      expect(await certificates.put(encrypted, { passphrase })).to.equal(named('key', encrypted));
    });

    it('writes each of two contents under one name when it is the other’s turn', async () => {
      await open();
      const [one = '', other = ''] = others.map(({ pem }) => pem);
      for (const content of [one, other, one]) {
        await rig.modem.certificates.put(content, { name: 'mine.pem' });
        expect(rig.virtual.files.get('mine.pem')?.toString()).to.equal(content);
      }
    });

    it('does nothing while the module is brought up', async () => {
      await open();
      rig.virtual.reset();
      await once(rig.modem, 'reset');
      expect(await rejection(rig.modem.certificates.list())).to.have.property('code', 'ERR_MODEM_RESET');
    });

    it('removes one that no connection uses', async () => {
      await open();
      const { certificates } = rig.modem;
      const held = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
      await once(held, 'secureConnect');
      const name = named('ca', rig.ca);
      expect(await rejection(certificates.remove(name))).to.have.property('code', 'ERR_MODEM_IN_USE');
      held.destroy();
      await once(held, 'close');
      await certificates.remove(name);
      expect(rig.virtual.files.size).to.equal(0);
      expect(await rejection(certificates.remove(name))).to.have.property('code', 'ERR_MODEM_CERTIFICATE');
      await connect();
    });

    it('prunes what is named by its content and no context names, and nothing else', async () => {
      await open();
      const { certificates } = rig.modem;
      await connect();
      const stale = named('ca', others[0]?.pem ?? '');
      const configured = named('ca', others[1]?.pem ?? '');
      for (const name of [stale, configured, 'users.pem']) rig.virtual.files.set(name, Buffer.from('x'));
      await rig.modem.ssl.CSSLCFG.write({ key: 'cacert', context: 7, value: configured });
      expect(await certificates.prune()).to.deep.equal([stale]);
      expect([...rig.virtual.files.keys()]).to.have.members([named('ca', rig.ca), configured, 'users.pem']);
    });
  });
});
