import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import * as https from 'node:https';
import { format, inspect } from 'node:util';
import { expect } from 'chai';
import { Modem, type ModemOptions } from '../../lib/index.js';
import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { cleanUp, fastTime, openFails, virtualModem } from '../support/bring-up.js';
import { createAuthority, type Authority, type IssuedCertificate } from '../support/certificates.js';
import { Rig, certificates, rejection, type RigOptions } from '../support/rig.js';
import {
  APN_PASSWORD,
  APN_USER,
  CONCEALED,
  KEY_PASSWORD,
  OTHER_KEY_PASSWORD,
  PIN,
  PIN_BY_HAND,
  Secrets,
  WRONG_APN_PASSWORD,
  WRONG_PIN,
  concealed,
  secrets,
} from '../support/secrets.js';

const styles = [
  { depth: 20, showHidden: true, getters: true },
  { depth: 20, showHidden: true },
  { depth: 20 },
  { compact: false, sorted: true },
] as const;

/** Everything that a program can print of a value without meaning to. */
function printed(value: unknown): string {
  const texts = styles.flatMap((style) => [inspect(value, style), inspect({ deep: [value] }, style)]);
  return [...texts, format('%o %O %s', value, value, value), jsonOf(value)].join('\n');
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify([value]);
  } catch {
    // It has circles.
    return '';
  }
}

/** No secret in it. */
function discreet(what: string, value: unknown, among = secrets): void {
  const text = printed(value);
  const found = among.find(text);
  const line = text.split('\n').find((one) => among.find(one) !== undefined) ?? 'over several lines';
  expect(found, `${what}: ${found === undefined ? '' : line.slice(0, 500)}`).to.equal(undefined);
}

/** Network and SIM ask for everything that is secret. */
const guarded: VirtualModemOptions = {
  pin: PIN,
  storedApn: 'internet',
  requiredAuth: { type: 2, user: APN_USER, password: APN_PASSWORD },
};
const apn = { name: 'internet', authentication: 'chap', user: APN_USER, password: APN_PASSWORD } as const;
const secretive: Partial<ModemOptions> = { pin: PIN, apn };

describe('what objects show of secrets', () => {
  let rig: Rig;
  let port: number;
  let authority: Authority;
  let device: IssuedCertificate;
  let other: IssuedCertificate;
  /** The key of the device, encrypted. */
  let key: string;
  let ca: string;

  before(async () => {
    ({ authority } = await certificates());
    ca = authority.pem;
    device = await authority.issue({ names: ['device-1'], client: true });
    other = await (await createAuthority()).issue({ names: ['device-2'], client: true });
    const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: KEY_PASSWORD } as const;
    key = secrets.addKey('encrypted key', createPrivateKey(device.key).export(options).toString(), KEY_PASSWORD);
  });

  const start = async (options: RigOptions) => {
    rig = await Rig.open({ ...options, virtual: { clock: 'host', ...options.virtual } });
    port = await rig.tls((peer) => void peer.pipe(peer), { requestCert: true, ca, rejectUnauthorized: true });
  };

  const target = (tls: 'modem' | 'host') => {
    return { tls, host: 'server.test', port, ca, cert: device.cert, key, passphrase: KEY_PASSWORD };
  };

  it('the check can fail', () => {
    const own = new Secrets();
    const text = own.add('a text', 'what everybody knows');
    for (const value of [
      { a: { b: text } },
      Object.defineProperty({}, 'a', { value: text }),
      new Error(text),
      [text],
    ]) {
      expect(() => discreet('a value', value, own)).to.throw('a value: ');
    }
  });

  it('Modem, open and closed', async () => {
    await start({ virtual: guarded, modem: secretive });
    const { modem } = rig;
    expect(inspect(modem)).to.match(
      /^Modem \{\s+state: 'ready',\s+port: 'stream',\s+profile: 'manual',\s+sessions: '[^']*'\s+\}$/,
    );
    const values = {
      modem,
      at: modem.at,
      ssl: modem.ssl,
      certificates: modem.certificates,
      statistics: modem.statistics,
    };
    for (const [name, value] of Object.entries(values)) discreet(name, value);
    for (const name of Object.getOwnPropertyNames(Modem.prototype)) discreet(name, Reflect.get(modem, name));
    await modem.close();
    discreet('a closed modem', modem);
    expect(inspect(modem)).to.contain("state: 'closed'");
    await rig.close();
  });

  for (const profile of ['sim7600', 'a76xx'] as const) {
    describe(profile, () => {
      before(() => start({ virtual: { profile }, mayBreakRules: true }));
      after(() => rig.close());

      for (const tls of ['modem', 'host'] as const) {
        it(`sockets with a client certificate, tls: '${tls}'`, async () => {
          const socket = rig.modem.connect(target(tls));
          discreet('a socket that connects', socket);
          discreet('modem', rig.modem);
          await once(socket, 'secureConnect');
          socket.write('hello');
          expect(String((await once(socket, 'data'))[0])).to.equal('hello');
          discreet('a socket', socket);
          discreet('modem', rig.modem);
          socket.destroy();
          discreet('a socket that was destroyed', socket);
          await once(socket, 'close');
          discreet('a closed socket', socket);
        });

        it(`agents, their sockets and those who wait, tls: '${tls}'`, async () => {
          const agent = rig.modem.httpsAgent({ ...target(tls), port: undefined, maxSockets: 1 });
          discreet('a new agent', agent);
          const server = await rig.https((_request, response) => void response.end('body'));
          const requests = [1, 2].map(() => https.get({ host: 'server.test', port: server, path: '/', agent }));
          discreet('an agent with a request that waits', agent);
          await Promise.all(
            requests.map(async (request) => {
              const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
              discreet('a response', response);
              response.resume();
              await once(response, 'end');
            }),
          );
          discreet('an agent with an idle socket', agent);
          expect(Object.keys({ ...agent.sockets, ...agent.freeSockets }).join()).to.contain('server.test');
          agent.destroy();
          discreet('an agent that was destroyed', agent);
        });

        it(`a connector, tls: '${tls}'`, async () => {
          const connector = rig.modem.connector(target(tls));
          discreet('a connector', connector);
          const socket = await new Promise((resolve, reject) => {
            const to = { hostname: 'server.test', protocol: 'https:', port: String(port) };
            connector(to, (error, connected) => (error ? reject(error) : resolve(connected)));
          });
          discreet('its socket', socket);
          (socket as { destroy(): void }).destroy();
        });
      }

      describe('errors', () => {
        const failing = async (options: Record<string, unknown>, tls: 'modem' | 'host') => {
          const socket = rig.modem.connect({ ...target(tls), ...options });
          const [error] = (await once(socket, 'error')) as [Error];
          discreet('an error', error);
          discreet('its socket', socket);
          discreet('its stack', error.stack);
          return error;
        };

        for (const tls of ['modem', 'host'] as const) {
          for (const [what, options] of Object.entries({
            'a wrong passphrase': () => ({ passphrase: OTHER_KEY_PASSWORD }),
            'no passphrase': () => ({ passphrase: undefined }),
            'a passphrase that is no text': () => ({ passphrase: Number(PIN) }),
            'a passphrase in a list': () => ({ passphrase: [KEY_PASSWORD] }),
            'a key that is another one': () => ({ key: other.key }),
            'a key that is a list of what it may not be': () => ({ key: [{ pem: { key }, passphrase: KEY_PASSWORD }] }),
            'a key where the certificate belongs': () => ({ cert: key }),
            'a key where the authority belongs': () => ({ ca: device.key }),
            'a key that is cut short': () => ({ key: key.slice(0, -200) }),
            'a key as a number': () => ({ key: Number(PIN) }),
            'a server that refuses the certificate': () => ({ cert: other.cert, key: other.key }),
            'no server': () => ({ port: 1 }),
          })) {
            it(`${what}, tls: '${tls}'`, async () => {
              const given = options();
              // With TLS 1.3 a server refuses later: the socket is told by the end of the connection.
              const error = await failing({ ...given, maxVersion: 'TLSv1.2' }, tls);
              expect(error).to.have.property('code');
            });
          }
        }

        it('commands by hand', async () => {
          const { at, ssl } = rig.modem;
          const file = 'client_key.pem';
          for (const call of [
            () => at.command(`AT+CPIN="${PIN_BY_HAND}"`),
            () => at.command(`AT+CPIN="${PIN_BY_HAND}`),
            () => at.command(`AT+CPIN="${PIN_BY_HAND}"\r`),
            () => at.command(`AT+X="${CONCEALED}"`),
            () => at.command(`AT+X="${CONCEALED}";+CCHSEND=0,5`, { payload: CONCEALED }),
            () => at.command(`ATD${PIN_BY_HAND}`),
            () => at.command(`AT+IPR=9600;+X="${CONCEALED}"`),
            () => at.command(`AT+CCHRECV=0;+X="${CONCEALED}"`),
            () => at.command(`AT+X="${CONCEALED}"`, { signal: AbortSignal.abort() }),
            () => ssl.CSSLCFG.write({ key: 'keypwd', context: 0, value: `${KEY_PASSWORD}"` }),
            () => ssl.CSSLCFG.write({ key: 'keypwd', context: 99, value: KEY_PASSWORD }),
            () => ssl.CSSLCFG.write({ key: 'keypwd', context: 0, value: KEY_PASSWORD.repeat(20) }),
            () => ssl.CCERTDOWN.write({ name: '', length: 5 } as never, device.key),
            () => ssl.CCERTDOWN.write({ name: file }, Object(device.key) as never),
          ]) {
            const error = await rejection(call());
            discreet(String(call), error);
            expect(concealed.find(printed(error)), String(call)).to.equal(undefined);
          }
        });
      });
    });
  }

  describe('errors of opening', () => {
    afterEach(cleanUp);

    const wrong: [what: string, options: ModemOptions, virtualOptions?: VirtualModemOptions][] = [
      ['a wrong PIN', { pin: WRONG_PIN }],
      ['a PIN that is too long', { pin: `${PIN}0` }],
      ['a PIN that is a number', { pin: Number(PIN) as never }],
      ['a password with a quote', { apn: { name: 'internet', user: APN_USER, password: `${APN_PASSWORD}"` } }],
      ['a user with a line end', { apn: { name: 'internet', user: `${APN_USER}\r`, password: APN_PASSWORD } }],
      ['a password that is a number', { apn: { name: 'internet', user: APN_USER, password: Number(PIN) as never } }],
      ['a password as authentication', { apn: { name: 'internet', authentication: APN_PASSWORD as never } }],
      ['a password as type', { apn: { name: 'internet', type: APN_PASSWORD as never } }],
      ['a password that the network refuses', { ...secretive, apn: { ...apn, password: WRONG_APN_PASSWORD } }],
      ['no network', { ...secretive, registrationTimeout: 1000 }, { registrationState: 3 }],
      ['a password in a path', { ...secretive, path: `tcp://${APN_USER}:${APN_PASSWORD}@127.0.0.1:1` }],
      ['a password in what is no stream', { ...secretive, stream: { password: APN_PASSWORD } as never }],
      ['a password among serial options', { ...secretive, serial: { password: APN_PASSWORD, path: 'a' } }],
      ['a password as an option', { ...secretive, password: APN_PASSWORD } as never],
    ];
    for (const [what, options, virtualOptions] of wrong) {
      it(what, async () => {
        const time = fastTime();
        const virtual = virtualModem({ ...guarded, ...virtualOptions });
        const { error, progress } = await time.until(openFails(virtual, options));
        discreet(error.message, error);
        discreet('progress', progress);
      });
    }
  });

  it('information shows the end of its IMEI, and is in all else what it is', async () => {
    const imei = '860000000000001';
    await start({});
    const information = await rig.modem.info();
    for (const style of styles) {
      expect(inspect(information, style)).to.contain("imei: '…0001'").and.contain("model: '");
      expect(inspect([{ information }], style))
        .to.contain("imei: '…0001'")
        .and.not.contain(imei);
    }
    expect(concealed.find(inspect(information, { showHidden: true, depth: 20 }))).to.equal(undefined);
    expect(information.imei).to.equal(imei);
    expect(JSON.parse(JSON.stringify(information))).to.have.property('imei', imei);
    expect({ ...information }).to.have.property('imei', imei);
    expect(Object.keys(information))
      .to.include('imei')
      .and.have.length(Reflect.ownKeys({ ...information }).length);
    await rig.close();
  });
});
