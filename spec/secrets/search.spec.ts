import { createPrivateKey } from 'node:crypto';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { ModemError, SocketError } from '../../lib/errors/index.js';
import { createAuthority } from '../../lib/virtual/index.js';
import { SecretSearch, type Source } from '../support/secret-search.js';
import { Secrets } from '../support/secrets.js';

/** A search of its own, for secrets of its own: the one over the suite is to find none. */
describe('the search for secrets', () => {
  const PASSWORD = 'open-sesame';
  const IMEI = '869999999991234';
  let secrets: Secrets;
  let concealed: Secrets;
  let search: SecretSearch;

  beforeEach(() => {
    secrets = new Secrets();
    concealed = new Secrets();
    secrets.add('password', PASSWORD);
    concealed.add('IMEI', IMEI);
    search = new SecretSearch(secrets, concealed);
    search.test = 'some test';
  });

  /** What was found in a line. */
  const found = (line: string, source?: Source) => {
    search.findings.length = 0;
    search.line(line, source);
    return search.findings.map(({ secret }) => secret);
  };
  const foundIn = (error: unknown) => {
    search.findings.length = 0;
    search.error(error);
    search.flush();
    return search.findings.map(({ secret }) => secret);
  };

  it('finds a text in a line, and tells what it is, in which test, and the line', () => {
    search.line('nothing');
    search.line(`AT+CGAUTH=1,1,"${PASSWORD}"`);
    expect(search.lines).to.equal(2);
    expect(search.findings).to.deep.equal([
      { secret: 'password', test: 'some test', line: `AT+CGAUTH=1,1,"${PASSWORD}"` },
    ]);
    expect(search.report()).to.equal(`password in 'some test': AT+CGAUTH=1,1,"${PASSWORD}"`);
  });

  it('finds nothing in what is masked', () => {
    expect(found('AT+CGAUTH=1,1,"***" …1234 open sesame')).to.deep.equal([]);
  });

  it('finds a subscriber number in what the driver shows, and only there', () => {
    expect(found(`< ${IMEI}`)).to.deep.equal(['IMEI']);
    expect(found(`< ${IMEI}`, 'elsewhere')).to.deep.equal([]);
    expect(found(`${IMEI} ${PASSWORD}`, 'elsewhere')).to.deep.equal(['password']);
  });

  it('finds a text in an error: in its message, a property, a cause, one of several', () => {
    for (const error of [
      new Error(`It is ${PASSWORD}.`),
      new ModemError('ERR_MODEM_COMMAND', 'Refused.', { command: `AT+X="${PASSWORD}"` }),
      new SocketError('EPROTO', 'Refused.', { cause: new ModemError('ERR_MODEM_LINE', 'Odd.', { cause: PASSWORD }) }),
      new Error('Refused.', { cause: { options: [{ passphrase: PASSWORD }] } }),
      new AggregateError([new Error('One.'), new Error(`Two: ${PASSWORD}`)], 'Several.'),
      Object.defineProperty(new Error('Refused.'), 'hidden', { value: PASSWORD }),
      Object.assign(new Error('Refused.'), { [Symbol('options')]: { password: PASSWORD } }),
      PASSWORD,
      { reason: PASSWORD },
    ]) {
      expect(foundIn(error), inspect(error)).to.deep.equal(['password']);
    }
    expect(foundIn(new ModemError('ERR_MODEM_COMMAND', 'Refused.', { command: 'AT+X=…' }))).to.deep.equal([]);
  });

  it('looks at errors that its caller goes on with, and ends with those that cause each other', () => {
    const error = new Error('Refused.');
    search.error(error);
    Object.assign(error, { cause: error, password: PASSWORD });
    search.flush();
    expect(search.findings).to.have.length(1);
    expect(search.errors).to.equal(1);
  });

  it('keeps no more of what it finds than tells', () => {
    for (let count = 0; count < 1000; count++) search.line(PASSWORD);
    expect(search.findings).to.have.length(20);
    expect(search.lines).to.equal(1000);
  });

  it('refuses to look for what would be found anywhere', () => {
    expect(() => secrets.add('PIN', '1234')).to.throw('too short');
  });

  for (const algorithm of ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048'] as const) {
    describe(`for a private key, ${algorithm}`, () => {
      let pem: string;
      let cert: string;
      let other: string;

      before(async () => {
        const authority = await createAuthority({ algorithm });
        ({ key: pem, cert } = await authority.issue({ names: ['a'] }));
        ({ key: other } = await authority.issue({ names: ['b'] }));
      });

      beforeEach(() => void secrets.addKey('key', pem));

      const lines = (text: string) => text.split('\n').filter((line) => /^[A-Za-z0-9+/=]{17,}$/.test(line));

      /** The lines that hold something private: in front, and in elliptic keys behind it, stands what the certificate shows. */
      const privateLines = () => {
        const d = Buffer.from(createPrivateKey(pem).export({ format: 'jwk' }).d ?? '', 'base64url');
        const start = Buffer.from(lines(pem).join(''), 'base64').indexOf(d);
        const end = algorithm === 'rsa-2048' ? Infinity : start + d.length;
        const bytes = 48;
        return lines(pem).filter((_, index) => (index + 1) * bytes > start + 9 && index * bytes < end);
      };

      it('finds each line that holds something private', () => {
        expect(privateLines().length).to.be.greaterThan(1);
        for (const line of privateLines()) expect(found(line), line).to.deep.equal(['key']);
      });

      it('finds it in every other form', () => {
        const key = createPrivateKey(pem);
        const der = key.export({ type: 'pkcs8', format: 'der' });
        const d = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
        const older = key.export({
          type: algorithm === 'rsa-2048' ? 'pkcs1' : 'sec1',
          format: 'der',
        } as never) as unknown as Buffer;
        for (const [form, text] of Object.entries({
          pem,
          escaped: JSON.stringify(pem),
          inspected: inspect({ options: { key: pem } }),
          older: older.toString('hex'),
          hex: der.toString('hex'),
          base64: der.toString('base64'),
          printed: inspect(der.subarray(der.indexOf(d))),
          json: JSON.stringify({ key: der }),
          array: inspect([...der], { maxArrayLength: null, breakLength: Infinity }),
          jwk: JSON.stringify(key.export({ format: 'jwk' })),
        })) {
          expect(found(text), form).to.deep.equal(['key']);
        }
      });

      it('finds one that is encrypted, and what is in it', () => {
        const key = createPrivateKey(other);
        const options = { type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: PASSWORD } as const;
        const encrypted = secrets.addKey('encrypted', key.export({ ...options, format: 'pem' }).toString(), PASSWORD);
        for (const line of lines(encrypted).slice(1)) expect(found(line), line).to.deep.equal(['encrypted']);
        expect(found(other)).to.deep.equal(['encrypted']);
        const der = key.export({ ...options, format: 'der' });
        secrets.addKey('encrypted', der, PASSWORD);
        expect(found(der.toString('hex'))).to.deep.equal(['encrypted']);
      });

      it('does not take a certificate, or another key, for it', () => {
        expect(found(cert)).to.deep.equal([]);
        expect(found(other)).to.deep.equal([]);
        expect(found('ca-0123456789abcdef0123456789abcdef.pem')).to.deep.equal([]);
      });
    });
  }
});
