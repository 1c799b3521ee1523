import { once } from 'node:events';
import * as net from 'node:net';
import { PassThrough, type Duplex } from 'node:stream';
import { expect } from 'chai';
import { Modem, ModemError, type ModemState } from '../../lib/index.js';
import { VirtualModem } from '../../lib/virtual/index.js';
import { FastTime } from '../support/fast-time.js';
import { LineFilter } from '../support/line-filter.js';
import { Rig, certificates, rejection, request } from '../support/rig.js';
import { PIN, WRONG_PIN, concealed } from '../support/secrets.js';

describe('Modem', () => {
  describe('open', () => {
    it('reports each step in order, and knows the module then', async () => {
      const steps = new Set<string>();
      const rig = await Rig.open({ modem: { onProgress: ({ step }) => steps.add(step) }, virtual: { clock: 'host' } });
      expect([...steps]).to.deep.equal(['sync', 'identity', 'clock', 'service']);
      expect(rig.modem.state).to.equal('ready');
      const { manufacturer, operator, registration, signal, profile, address, imei, clock } = await rig.modem.info();
      expect({ operator, registration, signal, profile, address, imei }).to.deep.equal({
        operator: 'Virtual',
        registration: 'registered',
        signal: 24,
        profile: 'manual',
        address: '10.71.155.118',
        imei: '860000000000001',
      });
      expect(manufacturer).to.contain('SIMCOM');
      expect(Math.abs(Number(clock) - Date.now())).to.be.below(5000);
      await rig.close();
    });

    for (const [profile, model] of [
      ['sim7600', 'SIMCOM_SIM7600E-H'],
      ['a76xx', 'A7670E-FASE'],
      ['sim767x', 'SIM7670G'],
    ] as const) {
      it(`finds the profile ${profile} from the model ${model}`, async () => {
        const rig = await Rig.open({ virtual: { profile } });
        expect((await rig.modem.info()).profile).to.equal(profile);
        await rig.close();
      });
    }

    it('refuses unknown options, and guesses what was meant', async () => {
      const stream = new PassThrough();
      const wrong = await rejection(Modem.open({ stream, baudrate: 9600 } as never));
      expect(wrong).to.include({ code: 'ERR_INVALID_ARG_VALUE' });
      expect(wrong.message).to.contain("Did you mean 'baudRate'?");
      for (const options of [{}, { stream, path: '/dev/null' }, { stream, baudRate: 1 }, { stream, pin: '12' }]) {
        expect((await rejection(Modem.open(options))).code).to.equal('ERR_INVALID_ARG_VALUE');
      }
      expect((await rejection(Modem.open({ stream, pin: '12x4' }))).message).not.to.contain('12x4');
    });

    it('ERR_MODEM_NO_ANSWER names port, rate and what to look at', async () => {
      const silent = new PassThrough({ readableObjectMode: false });
      silent.write = () => true;
      const error = await rejection(Modem.open({ stream: silent, bootTimeout: 700, baudRate: 9600 }));
      expect(error.code).to.equal('ERR_MODEM_NO_ANSWER');
      for (const fact of ['stream', '9600', 'power key', 'ModemManager']) expect(error.message).to.contain(fact);
      expect(silent.destroyed).to.equal(true);
    });

    it('ENOENT and ECONNREFUSED for ports that are not there', async () => {
      expect((await rejection(Modem.open({ path: '/dev/ttyNoSuchPort' }))).code).to.equal('ENOENT');
      expect((await rejection(Modem.open({ path: 'tcp://127.0.0.1:1' }))).code).to.equal('ECONNREFUSED');
      expect((await rejection(Modem.open({ path: 'tcp://nowhere' }))).code).to.equal('ERR_INVALID_ARG_VALUE');
    });

    it('ERR_MODEM_NOT_REGISTERED tells states, signal, operator and APN', async () => {
      const virtual = new VirtualModem({ registrationState: 3, signal: 7 });
      const time = new FastTime();
      const opening = Modem.open({ stream: virtual.attach(), registrationTimeout: 10_000, apn: 'internet' });
      const error = await time.until(rejection(opening)).finally(() => time.restore());
      expect(error.code).to.equal('ERR_MODEM_NOT_REGISTERED');
      for (const fact of ['denied', '7 of 31', 'internet']) expect(error.message).to.contain(fact);
      await virtual.close();
    });

    it('waits for a registration that takes a while', async () => {
      const rig = await Rig.open({ virtual: { registrationDelay: 500 } });
      await rig.close();
    });

    it('gives the PIN once, and never shows it', async () => {
      const virtual = new VirtualModem({ pin: PIN, imei: concealed.add('IMEI', '860000000000815') });
      const wrong = await rejection(Modem.open({ stream: virtual.attach(), pin: WRONG_PIN }));
      expect(wrong.code).to.equal('ERR_MODEM_SIM');
      expect(wrong.message + String(wrong.cause)).not.to.contain(WRONG_PIN);
      const missing = await rejection(Modem.open({ stream: virtual.attach() }));
      expect(missing).to.include({ code: 'ERR_MODEM_SIM' });
      const modem = await Modem.open({ stream: virtual.attach(), pin: PIN });
      expect(virtual.log.filter(({ text }) => text.startsWith('AT+CPIN='))).to.have.length(2);
      await modem.close();
      await virtual.close();
    });

    it('ERR_MODEM_PORT when the port is lost meanwhile, with what was heard last', async () => {
      const virtual = new VirtualModem({ registrationState: 2 });
      const stream = virtual.attach();
      const opening = Modem.open({ stream, onProgress: ({ step }) => step === 'registration' && unplug() });
      const unplug = () => {
        virtual.inject('Port already in use');
        setImmediate(() => virtual.unplug());
      };
      const error = await rejection(opening);
      expect(error.code).to.equal('ERR_MODEM_PORT');
      expect(error.message).to.contain('Port already in use');
      await virtual.close();
    });

    it('EBUSY for a stream that another Modem is open on', async () => {
      const virtual = new VirtualModem();
      const stream = virtual.attach();
      const modem = await Modem.open({ stream });
      expect((await rejection(Modem.open({ stream }))).code).to.equal('EBUSY');
      expect(modem.state).to.equal('ready');
      await modem.close();
      await virtual.close();
    });

    it('ends by signal, and closes the port', async () => {
      const virtual = new VirtualModem({ registrationState: 2 });
      const stream = virtual.attach();
      const error = await rejection(Modem.open({ stream, signal: AbortSignal.timeout(50) }));
      expect(error).to.include({ code: 'ABORT_ERR', name: 'AbortError' });
      expect(stream.destroyed).to.equal(true);
      await virtual.close();
    });

    it('takes over a service that a killed program left running, with both sessions open', async () => {
      const { authority, leaf } = await certificates();
      // A command of the program before is under way when the next one begins.
      const rig = await Rig.open({ mayBreakRules: true });
      const port = await rig.tls((socket) => socket.resume(), leaf);
      const left = [1, 2].map(() => rig.modem.connect({ host: 'server.test', port, ca: authority.pem }));
      for (const socket of left) socket.on('error', () => undefined);
      await Promise.all(left.map((socket) => once(socket, 'secureConnect')));
      const modem = await Modem.open({ stream: rig.virtual.attach() });
      const again = [1, 2].map(() => modem.connect({ host: 'server.test', port, ca: authority.pem }));
      await Promise.all(again.map((socket) => once(socket, 'secureConnect')));
      await modem.close();
      await rig.close();
    });

    it('writes the host’s time to a module whose clock was never set', async () => {
      const rig = await Rig.open();
      expect(Math.abs(Number(rig.virtual.clock) - Date.now())).to.be.below(5000);
      await rig.close();
    });

    it('writes an access point name that differs, and leaves one that does not', async () => {
      const rig = await Rig.open({ modem: { apn: 'internet' } });
      expect(rig.commands('AT+CGDCONT=')).to.equal(1);
      await rig.modem.close();
      const again = await Modem.open({ stream: rig.virtual.attach(), apn: 'internet' });
      expect(rig.commands('AT+CGDCONT=')).to.equal(1);
      await again.close();
      await rig.close();
    });
  });

  describe('while it is open', () => {
    let rig: Rig;
    let port: number;
    const states: ModemState[] = [];

    beforeEach(async () => {
      states.length = 0;
      rig = await Rig.open();
      rig.modem.on('state', (state) => states.push(state));
      port = await rig.https((_incoming, outgoing) => outgoing.end('fine'));
    });

    afterEach(async () => {
      await rig.close();
    });

    async function connected() {
      const peer = await rig.tls((socket) => socket.resume());
      const socket = rig.modem.connect({ host: 'server.test', port: peer, ca: rig.ca });
      await once(socket, 'secureConnect');
      return socket;
    }

    async function works(): Promise<void> {
      const agent = rig.modem.httpsAgent({ ca: rig.ca });
      expect((await request({ host: 'server.test', port, path: '/', agent })).body.toString()).to.equal('fine');
      agent.destroy();
    }

    it('fails sockets of a module that was reset with ECONNRESET, and comes up again', async () => {
      const socket = await connected();
      const failed = once(socket, 'error') as Promise<[ModemError]>;
      const told = once(rig.modem, 'reset');
      rig.virtual.reset();
      const [error] = await failed;
      expect(error.code).to.equal('ECONNRESET');
      expect(error.cause).to.include({ code: 'ERR_MODEM_RESET' });
      await told;
      await works();
      expect(states).to.deep.equal(['recovering', 'ready']);
    });

    for (const command of ['ATE0', 'AT+CGMM', 'AT+CPIN?', 'AT+CCHADDR']) {
      it(`comes up again although the answer to ${command} is lost on the way`, async () => {
        let lost: 'not yet' | 'now' | 'done' = 'done';
        const filter = (port: Duplex) =>
          new LineFilter(port, {
            toModem: (chunk) => {
              if (lost === 'not yet' && chunk.toString().startsWith(command)) lost = 'now';
              else if (lost === 'now') lost = 'done';
              return chunk;
            },
            toHost: (chunk) => (lost === 'now' ? Buffer.alloc(0) : chunk),
          });
        const own = await Rig.open({ filter, modem: { commandTimeout: 500 } });
        const settled = new Promise<ModemState>((resolve) => {
          own.modem.on('state', (state) => state !== 'recovering' && resolve(state));
        });
        own.modem.on('error', () => undefined);
        lost = 'not yet';
        own.virtual.reset();
        expect(await settled).to.equal('ready');
        expect(lost).to.equal('done');
        await own.close();
      });
    }

    it('notices a reset without a banner at the next command', async () => {
      const socket = await connected();
      const failed = once(socket, 'error') as Promise<[ModemError]>;
      rig.virtual.faults.loseEvents = true;
      rig.virtual.reset();
      await works();
      expect((await failed)[0].code).to.equal('ECONNRESET');
      expect(states).to.deep.equal(['recovering', 'ready']);
    });

    it('fails sockets with ENETDOWN when the module stops its service, and starts it for the next', async () => {
      const socket = await connected();
      const failed = once(socket, 'error') as Promise<[ModemError]>;
      const told = once(rig.modem, 'stopped');
      rig.virtual.inject('+CCH: CCH STOP');
      expect((await failed)[0].code).to.equal('ENETDOWN');
      await told;
      await works();
      expect(rig.commands('AT+CCHSTART')).to.equal(2);
    });

    it('fails sockets with ENODEV when the port is gone, at once and from then on', async () => {
      const socket = await connected();
      const failed = once(socket, 'error') as Promise<[ModemError]>;
      const disconnected = once(rig.modem, 'disconnect') as Promise<[{ error: Error }]>;
      const closed = once(rig.modem, 'close');
      rig.virtual.unplug();
      expect((await failed)[0].code).to.equal('ENODEV');
      expect((await disconnected)[0].error).to.be.instanceOf(Error);
      await closed;
      const late = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
      expect(((await once(late, 'error')) as [ModemError])[0].code).to.equal('ENODEV');
    });

    it('tells of lines that nothing explains', async () => {
      const told = once(rig.modem, 'unsolicited') as Promise<[string]>;
      rig.virtual.inject('+CMTI: "SM",3');
      expect(await told).to.deep.equal(['+CMTI: "SM",3']);
    });
  });

  it('finds its way when another program speaks on the port, and turns the echo off that it left on', async () => {
    // The other program's command comes while one of ours is under way: its OK is one too many.
    const rig = await Rig.open({ mayBreakRules: true });
    const port = await rig.tls((peer) => void peer.pipe(peer));
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
    await once(socket, 'secureConnect');
    const other = net.connect(await rig.virtual.listen({ port: 0 }));
    const asked = rig.modem.info();
    other.write('ATE1\r');
    await once(other, 'data');
    other.destroy();
    await asked;
    for (let count = 0; count < 3; count++) await rig.modem.info();
    expect((await rig.modem.info()).operator).to.equal('Virtual');
    expect(rig.commands('ATE0')).to.be.at.least(2);
    socket.write('still here');
    expect(String(((await once(socket, 'data')) as [Buffer])[0])).to.equal('still here');
    socket.destroy();
    await rig.close();
  });

  describe('close', () => {
    it('lets ended sockets finish, destroys the others, stops the service and closes the port', async () => {
      const rig = await Rig.open();
      let received = 0;
      const port = await rig.tls((socket) => {
        socket.on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (received === 20_000) socket.end();
        });
      });
      const ending = rig.modem.connect({ host: 'server.test', port, ca: rig.ca }).resume();
      const idle = rig.modem.connect({ host: 'server.test', port, ca: rig.ca }).resume();
      await Promise.all([once(ending, 'secureConnect'), once(idle, 'secureConnect')]);
      ending.end(Buffer.alloc(20_000));
      await rig.modem.close();
      expect(received).to.equal(20_000);
      expect([ending.destroyed, idle.destroyed]).to.deep.equal([true, true]);
      expect(rig.virtual.log.filter(({ direction }) => direction === 'host').at(-1)?.text).to.equal('AT+CCHSTOP');
      await rig.close();
    });

    it('does not wait longer than its timeout for a dead module', async () => {
      const rig = await Rig.open();
      const port = await rig.tls((socket) => socket.resume());
      const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
      socket.on('error', () => undefined);
      await once(socket, 'secureConnect');
      await rig.virtual.close();
      const started = performance.now();
      await rig.modem.close({ timeout: 100 });
      // Unless told it is 5000.
      expect(performance.now() - started).to.be.below(4000);
      await rig.close();
    });

    it('can be awaited by a using declaration, twice, and leaves no connect hanging', async () => {
      const rig = await Rig.open();
      const waiting = rig.modem.connect({ host: 'server.test', port: 1, ca: rig.ca });
      const failed = new Promise((resolve) => waiting.once('close', resolve));
      waiting.on('error', () => undefined);
      await Promise.all([rig.modem[Symbol.asyncDispose](), rig.modem.close()]);
      await failed;
      const events: string[] = [];
      const late: Duplex = rig.modem.connect({ host: 'server.test', port: 1, ca: rig.ca });
      late.on('error', (error: ModemError) => events.push(error.code));
      await new Promise((resolve) => late.once('close', resolve));
      expect(events).to.deep.equal(['ENODEV']);
      await rig.close();
    });
  });
});
