import fc from 'fast-check';
import { expect } from 'chai';
import { handshakeAdvice, type HandshakeFacts } from '../../lib/context/handshake-advice.js';
import { profiles, versionsOfManual, type ContextKey, type ProfileName } from '../../lib/cch/index.js';

type Settings = Partial<Record<ContextKey, number | string>>;

const CA = 'ca-0123456789abcdef0123456789abcdef.pem';
const CERTIFICATE = 'crt-0123456789abcdef0123456789abcdef.pem';
const KEY = 'key-0123456789abcdef0123456789abcdef.pem';

const verified: Settings = {
  sslversion: 3,
  authmode: 1,
  ignorelocaltime: 0,
  negotiatetime: 300,
  enableSNI: 1,
  cacert: CA,
  ciphersuites: 0xffff,
};
const unverified: Settings = { sslversion: 3, authmode: 0, ignorelocaltime: 0, negotiatetime: 300, enableSNI: 1 };
const withClient: Settings = { ...verified, authmode: 2, clientcert: CERTIFICATE, clientkey: KEY };

const noon = Date.UTC(2026, 10, 22, 12, 34, 56, 789);

function factsOf(family: ProfileName, settings: Settings, others: Partial<HandshakeFacts> = {}): HandshakeFacts {
  const profile = profiles[family];
  return {
    profile,
    model: profile.model,
    revision: profile.revision,
    host: 'api.example.com',
    port: 443,
    result: 15,
    context: 0,
    settings: new Map(Object.entries(settings) as [ContextKey, number | string][]),
    files: 'uploaded',
    clock: noon,
    ...others,
  };
}

const advise = (family: ProfileName, settings: Settings, others?: Partial<HandshakeFacts>) =>
  handshakeAdvice(factsOf(family, settings, others));

/** What was tried: the sentence before the causes. */
function triedIn(advice: string): string {
  return advice.split(' Likely causes: ')[0] ?? '';
}

/** The causes by the word that each begins with; fails where their numbers are not in order. */
function causesIn(advice: string): string[] {
  const [, listed = ''] = / Likely causes: (.*) Way out: /.exec(advice) ?? [];
  const found = [...listed.matchAll(/\((\d)\) ([A-Za-z ]+?)[:,]/g)];
  expect(found.map(([, number]) => Number(number))).to.deep.equal(found.map((_, index) => index + 1));
  return found.map(([, , word = '']) => word);
}

describe('handshakeAdvice', () => {
  describe('says first what was tried', () => {
    const rows: [string, string, string][] = [
      [
        'to a 7600',
        advise('sim7600', verified),
        `SIMCOM_SIM7600E-H (sim7600, firmware LE20B04SIM7600M22) tried, in SSL context 0: TLS 1.2, chain verified, ` +
          `dates checked, host name unchecked, SNI 'api.example.com', CA ${CA}, no client certificate, ` +
          'files uploaded now.',
      ],
      [
        'to a 767 with TLS 1.3, which checks the name',
        advise('sim767x', { ...verified, sslversion: 2, ignorecertCN: 0 }, { context: 9, files: 'found' }),
        `SIM7670G (sim767x, firmware 2388B06SIM767XM5A_M) tried, in SSL context 9: TLS 1.2 and 1.3, chain verified, ` +
          `dates checked, host name checked, SNI 'api.example.com', CA ${CA}, no client certificate, ` +
          'files found on the module.',
      ],
      [
        'with nothing verified, by a module that does not say what it is',
        advise('manual', { ...unverified, enableSNI: 0 }, { model: '', revision: '' }),
        'The module (manual, firmware unknown) tried, in SSL context 0: TLS 1.2, nothing verified, no SNI, ' +
          'no client certificate.',
      ],
      [
        'with a client certificate, and dates ignored',
        advise('a76xx', { ...withClient, ignorelocaltime: 1 }),
        'A7670E-FASE (a76xx, firmware A7670M7_V1.11.1) tried, in SSL context 0: TLS 1.2, chain verified, ' +
          `dates ignored, host name unchecked, SNI 'api.example.com', CA ${CA}, ` +
          `client certificate ${CERTIFICATE} with key ${KEY}, files uploaded now.`,
      ],
      [
        'with a client certificate and nothing verified',
        advise('a76xx', { ...withClient, authmode: 3 }),
        'A7670E-FASE (a76xx, firmware A7670M7_V1.11.1) tried, in SSL context 0: TLS 1.2, nothing verified, ' +
          `SNI 'api.example.com', client certificate ${CERTIFICATE} with key ${KEY}, files uploaded now.`,
      ],
      [
        'in a context that was configured by hand',
        advise('a76xx', {}, { context: 5 }),
        'A7670E-FASE (a76xx, firmware A7670M7_V1.11.1) tried, in SSL context 5: TLS versions unknown, ' +
          'verification unknown, SNI unknown.',
      ],
      [
        'in a context that names no files',
        advise('sim7600', { sslversion: 4, authmode: 2 }),
        'SIMCOM_SIM7600E-H (sim7600, firmware LE20B04SIM7600M22) tried, in SSL context 0: SSL 3.0 to TLS 1.2, ' +
          'chain verified, dates unknown, host name unchecked, SNI unknown, CA of no cacert, ' +
          'client certificate of no clientcert with key of no clientkey, files uploaded now.',
      ],
      [
        'with one suite',
        advise('sim7600', { ...unverified, ciphersuites: 0x002f }),
        'SIMCOM_SIM7600E-H (sim7600, firmware LE20B04SIM7600M22) tried, in SSL context 0: TLS 1.2, AES128-SHA alone, ' +
          "nothing verified, SNI 'api.example.com', no client certificate.",
      ],
    ];
    for (const [title, advice, tried] of rows) it(title, () => expect(triedIn(advice)).to.equal(tried));

    it('with the versions that the number stands for in the dialect', () => {
      const words = (family: ProfileName, sslversion: number) =>
        /context 0: (.*?), /.exec(advise(family, { ...verified, sslversion }))?.[1];
      const all = (family: ProfileName) => [0, 1, 2, 3, 4].map((number) => words(family, number));
      expect(all('sim7600')).to.deep.equal(['SSL 3.0', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'SSL 3.0 to TLS 1.2']);
      const unknown = 'TLS versions unknown';
      expect(all('sim767x')).to.deep.equal(['TLS 1.2', 'TLS 1.3', 'TLS 1.2 and 1.3', unknown, unknown]);
    });
  });

  describe('gives the causes that are left, the likeliest first', () => {
    const rows: [string, string, string[]][] = [
      ['a 7600', advise('sim7600', verified), ['Dates', 'CA', 'Version', 'ECDSA', 'Client certificate']],
      ['an A76', advise('a76xx', verified), ['Dates', 'CA', 'Version', 'ECDSA', 'Client certificate']],
      [
        'a 767, whose curves are no cause, and which checks names',
        advise('sim767x', { ...verified, sslversion: 2, ignorecertCN: 0 }),
        ['Dates', 'CA', 'Name', 'Version', 'Client certificate'],
      ],
      [
        'all of them',
        advise('sim7600', { ...verified, enableSNI: 0, ciphersuites: 0x002f }),
        ['SNI', 'Dates', 'CA', 'Version', 'Cipher', 'ECDSA', 'Client certificate'],
      ],
      [
        'dates that are not checked',
        advise('sim7600', { ...verified, ignorelocaltime: 1 }),
        ['CA', 'Version', 'ECDSA', 'Client certificate'],
      ],
      ['nothing verified', advise('sim7600', unverified), ['Version', 'ECDSA', 'Client certificate']],
      [
        'nothing verified on a 767',
        advise('sim767x', { ...unverified, sslversion: 2, ignorecertCN: 0 }),
        ['Version', 'Client certificate'],
      ],
      [
        'nothing verified, a client certificate and no name',
        advise('sim7600', { ...withClient, authmode: 3, enableSNI: 0 }),
        ['SNI', 'Version', 'ECDSA', 'Client certificate'],
      ],
      [
        'names that a 767 was told not to check',
        advise('sim767x', { ...verified, sslversion: 2, ignorecertCN: 1 }),
        ['Dates', 'CA', 'Version', 'Client certificate'],
      ],
      [
        'names that a 767 does not check beside a client certificate',
        advise('sim767x', { ...withClient, sslversion: 2, ignorecertCN: 0 }),
        ['Dates', 'CA', 'Version', 'Client certificate'],
      ],
      [
        'a context of which nothing is known',
        advise('a76xx', {}),
        ['SNI', 'Dates', 'CA', 'Version', 'ECDSA', 'Client certificate'],
      ],
      ['a timeout', advise('sim7600', verified, { result: 5 }), ['Time']],
      [
        'a timeout where no name was sent',
        advise('sim7600', { ...verified, enableSNI: 0 }, { result: 5 }),
        ['Time', 'SNI'],
      ],
      ['a missing file', advise('sim7600', { ...verified, enableSNI: 0 }, { result: 19 }), ['File']],
    ];
    for (const [title, advice, causes] of rows) it(title, () => expect(causesIn(advice)).to.deep.equal(causes));
  });

  describe('says of', () => {
    const rows: [string, string, string][] = [
      [
        'SNI: why none was sent to an address',
        advise('sim7600', { ...verified, enableSNI: 0 }, { host: '192.0.2.1' }),
        'SNI: no name was sent, which most content networks refuse (the host is an address; connect to its name).',
      ],
      [
        'SNI: why none was sent to a name',
        advise('sim7600', { ...verified, enableSNI: 0 }),
        "SNI: no name was sent, which most content networks refuse (servername is '', or enableSNI 0; leave it out).",
      ],
      [
        'SNI: the default, where the context is not known',
        advise('sim7600', {}),
        'SNI: it is off unless enableSNI was set, and most content networks refuse that.',
      ],
      [
        "dates: the module's time",
        advise('sim7600', verified),
        "Dates: a certificate is not valid by the module's clock, which shows 2026-11-22T12:34Z.",
      ],
      [
        'dates: a clock that was never set',
        advise('sim7600', verified, { clock: Date.UTC(1980, 0, 6) }),
        "the module's clock shows 1980-01-06T00:00Z and seems never set, so that no certificate is valid yet " +
          "(option 'clock').",
      ],
      [
        'dates: a clock that was not read',
        advise('sim7600', verified, { clock: undefined }),
        "Dates: a certificate is not valid by the module's clock, which is not known (see modem.info()).",
      ],
      ['dates: a clock that shows no time', advise('sim7600', verified, { clock: NaN }), 'clock, which is not known'],
      [
        'dates: that they may not be checked at all',
        advise('sim7600', { authmode: 1 }),
        'Dates, if the context checks them: ',
      ],
      [
        'the CA: uploaded now',
        advise('sim7600', verified),
        'CA: the chain does not end in it, or the server does not send its intermediates.',
      ],
      [
        'the CA: found by name, which proves no content',
        advise('sim7600', verified, { files: 'found' }),
        'or the server does not send its intermediates, or its file is damaged (modem.certificates.remove).',
      ],
      [
        'the CA: that it may not be used at all',
        advise('sim7600', {}),
        'CA: if the context verifies, the chain does not end in the file of its cacert.',
      ],
      [
        'the name',
        advise('sim767x', { ...verified, sslversion: 2 }),
        "Name: the certificate's common name must be 'api.example.com', unless checkHostName is false.",
      ],
      [
        'versions: that the module lacks the newest',
        advise('sim7600', verified, { port: 1883 }),
        'Version: the server wants another than TLS 1.2 (this module has no TLS 1.3), or speaks no TLS on port 1883.',
      ],
      [
        'versions: that a 767 has it',
        advise('sim767x', { ...verified, sslversion: 2 }),
        'Version: the server wants another than TLS 1.2 and 1.3, or speaks no TLS on port 443.',
      ],
      [
        'versions: that older firmware of a 767 has not',
        advise('sim767x', verified, { profile: { ...profiles.sim767x, versions: versionsOfManual } }),
        'another than TLS 1.2 (this module has no TLS 1.3), or',
      ],
      [
        'versions: that the context is not known',
        advise('sim767x', {}),
        'Version: the server wants one that the context does not allow, or speaks no TLS on port 443.',
      ],
      [
        'the suite',
        advise('sim7600', { ...verified, ciphersuites: 0x002f }),
        'Cipher: the server does not take AES128-SHA, the only one allowed.',
      ],
      [
        'curves on a 7600',
        advise('sim7600', verified),
        'ECDSA: whether certificates on the curve P-256 work depends on the firmware. (',
      ],
      ['curves on an A76', advise('a76xx', verified), 'depends on the firmware, and P-384 fails on A7670.'],
      [
        'a client certificate: none given',
        advise('sim7600', verified),
        'Client certificate: the server wants one, and none was given (cert, key).',
      ],
      [
        'a client certificate: given',
        advise('sim7600', withClient),
        'Client certificate: the server refuses it, or the module cannot use its key.',
      ],
      [
        'a client certificate: given, and its files found',
        advise('sim7600', withClient, { files: 'found' }),
        'or the module cannot use its key, or one of its files is damaged.',
      ],
      [
        'a client certificate: not known',
        advise('sim7600', {}),
        'Client certificate: the server wants one, or refuses the one of the context.',
      ],
      [
        'a timeout',
        advise('sim7600', { ...verified, negotiatetime: 30 }, { result: 5, port: 1883 }),
        'Time: api.example.com:1883 did not finish the handshake within the 30 s of negotiatetime, since the network ' +
          'is slow (connectTimeout) or it speaks no TLS there.',
      ],
      ['a timeout of a context that is not known', advise('sim7600', {}, { result: 5 }), 'handshake in time, since'],
      [
        'a file that was found',
        advise('sim7600', verified, { result: 19, files: 'found' }),
        `File: ${CA} is not on the module, although found there before; another program may delete files ` +
          '(modem.certificates.list() shows what is there).',
      ],
      [
        'files that were uploaded',
        advise('sim7600', withClient, { result: 19 }),
        `File: ${CA} or ${CERTIFICATE} or ${KEY} is not on the module, although uploaded for this connection; `,
      ],
      [
        'files of a context that is not known',
        advise('sim7600', {}, { result: 19 }),
        'File: the context names a file that is not on the module (',
      ],
    ];
    for (const [title, advice, text] of rows) it(title, () => expect(advice).to.include(text));
  });

  it('names the way out last', () => {
    const wayOut = " Way out: with tls: 'host' Node does TLS, which works or says what is wrong.";
    for (const result of [5, 15, 19]) {
      const advice = advise('sim7600', verified, { result });
      expect(advice.slice(-wayOut.length)).to.equal(wayOut);
    }
  });

  it('takes at most 900 characters in the usual case', () => {
    for (const family of Object.keys(profiles) as ProfileName[]) {
      const sslversion = family === 'sim767x' ? 2 : 3;
      for (const files of ['uploaded', 'found'] as const) {
        expect(advise(family, { ...verified, sslversion }, { files }).length, family).to.be.within(700, 900);
      }
    }
  });

  describe('shows of a password that there is one, and no more', () => {
    const secret = 'correct horse 7f3a';
    for (const key of ['keypwd', 'password'] as const) {
      it(key, () => {
        for (const result of [5, 15, 19]) {
          const advice = advise('sim7600', { ...withClient, [key]: secret }, { result });
          expect(advice).to.include(`with key ${KEY} (password set), `).and.not.include(secret);
        }
      });
    }

    it('and nothing of one that is empty, or that no client certificate goes with', () => {
      expect(advise('sim7600', { ...withClient, keypwd: '' })).not.to.include('password');
      const advice = advise('sim7600', { ...verified, keypwd: secret });
      expect(advice).not.to.include('password').and.not.include(secret);
    });
  });

  describe('does not trust what the module says of itself', () => {
    it('and takes control and format characters out', () => {
      const model = 'SIM\u0000\u001b[31m7600\r\n\u202eE\u2028 \ud800';
      expect(advise('sim7600', verified, { model, revision: '\u0007' })).to.match(
        /^SIM \[31m7600 E \(sim7600, firmware unknown\) tried/,
      );
    });

    it('and cuts what is long, not within a character', () => {
      const tried = triedIn(advise('sim7600', verified, { model: 'M'.repeat(5000), revision: '😀'.repeat(5000) }));
      expect(tried).to.match(/^M{47}… \(sim7600, firmware 😀{47}…\) tried/u);
    });

    it('whatever it says', () => {
      const text = fc.string({ unit: 'binary', maxLength: 300 });
      const value = fc.oneof(text, fc.double(), fc.integer());
      const keys = profiles.sim767x.contextKeys.concat('keypwd');
      fc.assert(
        fc.property(
          fc.constantFrom(...(Object.keys(profiles) as ProfileName[])),
          fc.record({ model: text, revision: text, host: text, clock: fc.oneof(fc.double(), fc.constant(undefined)) }),
          fc.constantFrom(5, 15, 19),
          fc.dictionary(fc.constantFrom(...keys), value),
          (family, facts, result, settings) => {
            const advice = advise(family, settings, { ...facts, result });
            expect(advice).to.match(/^[^\p{C}\p{Zl}\p{Zp}]+$/u);
            expect(advice.length).to.be.below(3000);
            expect(causesIn(advice)).not.to.have.length(0);
          },
        ),
        { interruptAfterTimeLimit: 3000, numRuns: 500 },
      );
    });
  });
});
