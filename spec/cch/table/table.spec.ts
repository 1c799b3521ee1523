import { expect } from 'chai';
import fc from 'fast-check';

import {
  commandTable,
  openQueryMisbehaves,
  profileOfModel,
  profiles,
  type Form,
  type ProfileName,
} from '../../../lib/cch/table/index.js';

const seed = Number(process.env['FC_SEED'] ?? Date.now() & 0x7fffffff);
const settings = { seed, numRuns: 300, interruptAfterTimeLimit: 1500 };
const table = commandTable(profiles.manual);

// What a value may be, for whatever form it belongs to.
const session = fc.integer({ min: 0, max: 1 });
const context = fc.integer({ min: 0, max: 9 });
const flag = fc.integer({ min: 0, max: 1 });
const port = fc.integer({ min: 1, max: 65535 });
const size = fc.integer({ min: 0, max: 999_999_999 });
const safe = (min: number, max: number) =>
  fc
    .string({ unit: 'grapheme', minLength: min, maxLength: max })
    .filter(
      (text) =>
        !/["\u0000-\u001f\u007f]/.test(text) && Buffer.byteLength(text) >= min && Buffer.byteLength(text) <= max,
    );
const fileName = fc.tuple(safe(1, 60), fc.constantFrom('.pem', '.der', '.PEM')).map((parts) => parts.join(''));
/** Optional ones from the end only: nothing can be left out in the middle. */
const trailing = <A, B>(first: fc.Arbitrary<A>, second: fc.Arbitrary<B>, names: [string, string]) =>
  fc.oneof(
    fc.constant({}),
    first.map((value) => ({ [names[0]]: value })),
    fc.tuple(first, second).map(([one, two]) => ({ [names[0]]: one, [names[1]]: two })),
  );

const fileForms = ['cacert', 'clientcert', 'clientkey'].map((key) =>
  fc.record({ key: fc.constant(key), context, value: fileName }),
);
const numbers = (key: string, min: number, max: number) =>
  fc.record({ key: fc.constant(key), context, value: fc.integer({ min, max }) });

const contextSetting = fc.oneof(
  numbers('sslversion', 0, 4),
  numbers('authmode', 0, 3),
  numbers('ignorelocaltime', 0, 1),
  numbers('negotiatetime', 10, 300),
  numbers('enableSNI', 0, 1),
  fc.record({ key: fc.constant('keypwd'), context, value: safe(0, 128) }),
  fc.record({ key: fc.constant('ciphersuites'), context, value: fc.constantFrom(0x002f, 0xffff) }),
  ...fileForms,
);

type Any = Form<unknown, unknown>;
const form = (candidate: unknown) => candidate as Any;
const nothing = fc.constant({});

/** Every form with its valid values. */
const writes: [string, Any, fc.Arbitrary<unknown>][] = [
  ['CCHSTART E', form(table.CCHSTART.execute), nothing],
  ['CCHSTOP E', form(table.CCHSTOP.execute), nothing],
  [
    'CCHOPEN W',
    form(table.CCHOPEN.write),
    fc
      .tuple(
        fc.record({ session, host: safe(1, 60), port }),
        trailing(fc.integer({ min: 1, max: 2 }), port, ['clientType', 'bindPort']),
      )
      .map(([needed, optional]) => ({ ...needed, ...optional })),
  ],
  ['CCHCLOSE W', form(table.CCHCLOSE.write), fc.record({ session })],
  ['CCHSEND W', form(table.CCHSEND.write), fc.record({ session, length: fc.integer({ min: 1, max: 2048 }) })],
  [
    'CCHRECV W',
    form(table.CCHRECV.write),
    fc.oneof(fc.record({ session }), fc.record({ session, length: fc.integer({ min: 0, max: 1_048_576 }) })),
  ],
  ['CCHADDR E', form(table.CCHADDR.execute), nothing],
  [
    'CCHCFG W',
    form(table.CCHCFG.write),
    fc.oneof(
      fc.record({ key: fc.constant('sendtimeout'), session, value: fc.integer({ min: 60, max: 150 }) }),
      fc.record({ key: fc.constant('sslctx'), session, value: context }),
    ),
  ],
  ['CCHSSLCFG W', form(table.CCHSSLCFG.write), fc.record({ session, context })],
  ['CCHMODE W', form(table.CCHMODE.write), fc.record({ mode: flag })],
  [
    'CCHSET W',
    form(table.CCHSET.write),
    fc.oneof(fc.record({ report: flag }), fc.record({ report: flag, receive: flag })),
  ],
  ['CSSLCFG query', form(table.CSSLCFG.query), fc.record({ context })],
  ['CSSLCFG W', form(table.CSSLCFG.write), contextSetting],
  [
    'CCERTDOWN W',
    form(table.CCERTDOWN.write),
    fc.record({ name: fileName, length: fc.integer({ min: 1, max: 10240 }) }),
  ],
  ['CCERTLIST E', form(table.CCERTLIST.execute), nothing],
  ['CCERTDELE W', form(table.CCERTDELE.write), fc.record({ name: fileName })],
];

const answers: [string, Any, fc.Arbitrary<unknown>][] = [
  [
    'CCHOPEN R',
    form(table.CCHOPEN.read),
    fc.array(
      fc.oneof(
        fc.record({ session: fc.integer({ min: 0, max: 2 }), host: fc.constant('') }),
        fc.record({ session, host: safe(1, 60), port, clientType: fc.integer({ min: 1, max: 2 }) }),
        fc.record({ session, host: safe(1, 60), port, clientType: fc.integer({ min: 1, max: 2 }), bindPort: port }),
      ),
      { maxLength: 3 },
    ),
  ],
  [
    'CCHSEND R',
    form(table.CCHSEND.read),
    fc.record({ session0: session, unsent0: size, session1: session, unsent1: size }),
  ],
  ['CCHRECV R', form(table.CCHRECV.read), fc.record({ cached: fc.tuple(size, size) })],
  ['CCHADDR E', form(table.CCHADDR.execute), fc.record({ address: fc.ipV4() })],
  [
    'CCHCFG R',
    form(table.CCHCFG.read),
    fc.array(fc.record({ session, sendTimeout: fc.integer({ min: 60, max: 150 }), context })),
  ],
  [
    'CCHSSLCFG R',
    form(table.CCHSSLCFG.read),
    fc.array(fc.oneof(fc.record({ session }), fc.record({ session, context }))),
  ],
  ['CCHMODE R', form(table.CCHMODE.read), fc.record({ mode: flag })],
  ['CCHSET R', form(table.CCHSET.read), fc.record({ report: flag, receive: flag })],
  [
    'CSSLCFG R',
    form(table.CSSLCFG.read),
    fc.array(fc.record({ context, fields: fc.array(fc.stringMatching(/^[a-zA-Z0-9_.]{0,12}$/), { minLength: 1 }) })),
  ],
  ['CCERTLIST E', form(table.CCERTLIST.execute), fc.array(fc.record({ name: safe(1, 60) }))],
];

describe(`the command table (seed ${seed})`, () => {
  describe('what the host writes is what the module reads', () => {
    for (const [name, entry, value] of writes) {
      it(name, () => {
        const property = fc.property(value, fc.boolean(), (given, small) => {
          const text = entry.text(given);
          expect(text).to.match(/^AT\+C[A-Z]+[^\r\n]*$/);
          expect(entry.parse(text)).to.deep.equal(given);
          const [, head = '', rest = ''] = /^(AT\+[A-Z]+)(.*)$/s.exec(text) ?? [];
          if (small) expect(entry.parse(head.toLowerCase() + rest)).to.deep.equal(given);
        });
        fc.assert(property, settings);
      });
    }

    it('no form takes the text of another', () => {
      const all = Object.values(table).flatMap((forms) =>
        Object.values(forms).flatMap((entry) => (typeof entry === 'string' ? [] : [form(entry)])),
      );
      const property = fc.property(fc.constantFrom(...writes), fc.gen(), ([, entry, value], generate) => {
        const text = entry.text(generate(() => value));
        const takers = all.filter((other) => other.parse(text) !== undefined);
        expect(takers).to.deep.equal([entry]);
      });
      fc.assert(property, settings);
    });
  });

  describe('what the module answers is what the host reads', () => {
    for (const [name, entry, value] of answers) {
      it(name, () => {
        const property = fc.property(value, (given) => {
          const lines = entry.answer.format(given);
          for (const line of lines) {
            expect(line).to.match(/^\+C[A-Z]+: [^\r\n]*$/);
            expect(entry.answer.owns(line), line).to.equal(true);
            expect(entry.answer.owns(line.replace(': ', ':')), line).to.equal(true);
          }
          expect(entry.answer.parse(lines)).to.deep.equal(given);
        });
        fc.assert(property, settings);
      });
    }

    for (const [name, forms] of Object.entries(table)) {
      if (!('test' in forms)) continue;
      it(`${name} T`, () => {
        const { answer } = forms.test;
        const lines = answer.format([]);
        expect(lines).to.not.be.empty;
        expect(lines.every((line) => line.startsWith(`+${name}: `) && answer.owns(line))).to.equal(true);
        expect(answer.parse(lines)).to.deep.equal(lines);
      });
    }
  });

  describe('what is out of range is refused by both sides', () => {
    const open = { session: 0, host: 'a.example', port: 443 };
    const rows: [entry: unknown, value: unknown, text: string][] = [
      [table.CCHOPEN.write, { ...open, session: 2 }, 'AT+CCHOPEN=2,"a.example",443'],
      [table.CCHOPEN.write, { ...open, session: -1 }, 'AT+CCHOPEN=-1,"a.example",443'],
      [table.CCHOPEN.write, { ...open, session: 0.5 }, 'AT+CCHOPEN=0.5,"a.example",443'],
      [table.CCHOPEN.write, { ...open, port: 0 }, 'AT+CCHOPEN=0,"a.example",0'],
      [table.CCHOPEN.write, { ...open, port: 65536 }, 'AT+CCHOPEN=0,"a.example",65536'],
      [table.CCHOPEN.write, { ...open, port: NaN }, 'AT+CCHOPEN=0,"a.example",NaN'],
      [table.CCHOPEN.write, { ...open, host: '' }, 'AT+CCHOPEN=0,"",443'],
      [table.CCHOPEN.write, { ...open, host: 'a'.repeat(257) }, `AT+CCHOPEN=0,"${'a'.repeat(257)}",443`],
      [table.CCHOPEN.write, { ...open, host: 'a"b' }, 'AT+CCHOPEN=0,"a"b",443'],
      [table.CCHOPEN.write, { ...open, clientType: 3 }, 'AT+CCHOPEN=0,"a.example",443,3'],
      [table.CCHOPEN.write, { ...open, clientType: 2, bindPort: 0 }, 'AT+CCHOPEN=0,"a.example",443,2,0'],
      [table.CCHCLOSE.write, { session: 2 }, 'AT+CCHCLOSE=2'],
      [table.CCHSEND.write, { session: 0, length: 0 }, 'AT+CCHSEND=0,0'],
      [table.CCHSEND.write, { session: 0, length: 2049 }, 'AT+CCHSEND=0,2049'],
      [table.CCHRECV.write, { session: 0, length: -1 }, 'AT+CCHRECV=0,-1'],
      [table.CCHRECV.write, { session: 0, length: 1_048_577 }, 'AT+CCHRECV=0,1048577'],
      [table.CCHCFG.write, { key: 'sendtimeout', session: 0, value: 59 }, 'AT+CCHCFG="sendtimeout",0,59'],
      [table.CCHCFG.write, { key: 'sendtimeout', session: 0, value: 151 }, 'AT+CCHCFG="sendtimeout",0,151'],
      [table.CCHCFG.write, { key: 'sslctx', session: 0, value: 10 }, 'AT+CCHCFG="sslctx",0,10'],
      [table.CCHSSLCFG.write, { session: 0, context: 10 }, 'AT+CCHSSLCFG=0,10'],
      [table.CCHMODE.write, { mode: 2 }, 'AT+CCHMODE=2'],
      [table.CCHSET.write, { report: 2 }, 'AT+CCHSET=2'],
      [table.CCHSET.write, { report: 1, receive: 2 }, 'AT+CCHSET=1,2'],
      [table.CSSLCFG.query, { context: 10 }, 'AT+CSSLCFG=10'],
      [table.CSSLCFG.write, { key: 'sslversion', context: 0, value: 5 }, 'AT+CSSLCFG="sslversion",0,5'],
      [table.CSSLCFG.write, { key: 'authmode', context: 0, value: 4 }, 'AT+CSSLCFG="authmode",0,4'],
      [table.CSSLCFG.write, { key: 'negotiatetime', context: 0, value: 9 }, 'AT+CSSLCFG="negotiatetime",0,9'],
      [table.CSSLCFG.write, { key: 'negotiatetime', context: 0, value: 301 }, 'AT+CSSLCFG="negotiatetime",0,301'],
      [table.CSSLCFG.write, { key: 'cacert', context: 0, value: 'ca.txt' }, 'AT+CSSLCFG="cacert",0,"ca.txt"'],
      [table.CSSLCFG.write, { key: 'cacert', context: 0, value: '.pem' }, 'AT+CSSLCFG="cacert",0,".pem"'],
      [
        table.CSSLCFG.write,
        { key: 'keypwd', context: 0, value: 'x'.repeat(129) },
        `AT+CSSLCFG="keypwd",0,"${'x'.repeat(129)}"`,
      ],
      [table.CSSLCFG.write, { key: 'ciphersuites', context: 0, value: 0x35 }, 'AT+CSSLCFG="ciphersuites",0,0x0035'],
      [table.CCERTDOWN.write, { name: 'ca.pem', length: 0 }, 'AT+CCERTDOWN="ca.pem",0'],
      [table.CCERTDOWN.write, { name: 'ca.pem', length: 10_241 }, 'AT+CCERTDOWN="ca.pem",10241'],
      [table.CCERTDELE.write, { name: `${'a'.repeat(125)}.pem` }, `AT+CCERTDELE="${'a'.repeat(125)}.pem"`],
    ];
    for (const [entry, value, text] of rows) {
      it(text.length > 70 ? `${text.slice(0, 70)}…` : text, () => {
        expect(() => form(entry).text(value))
          .to.throw()
          .with.property('code', 'ERR_INVALID_ARG_VALUE');
        expect(form(entry).parse(text)).to.equal(undefined);
      });
    }

    it('too many parameters, too few, and words without quotes', () => {
      for (const [entry, text] of [
        [table.CCHOPEN.write, 'AT+CCHOPEN=0,"a.example"'],
        [table.CCHOPEN.write, 'AT+CCHOPEN=0,"a.example",443,2,1,1'],
        [table.CCHOPEN.write, 'AT+CCHOPEN=0,a.example,443'],
        [table.CCHOPEN.write, 'AT+CCHOPEN="0","a.example",443'],
        [table.CCHCLOSE.write, 'AT+CCHCLOSE='],
        [table.CCHCLOSE.write, 'AT+CCHCLOSE=0,0'],
        [table.CSSLCFG.write, 'AT+CSSLCFG=sslversion,0,3'],
        [table.CCHSTART.execute, 'AT+CCHSTART=1'],
        [table.CCHSTART.execute, 'AT+CCHSTARTS'],
      ] as const) {
        expect(form(entry).parse(text), text).to.equal(undefined);
      }
    });

    it('a secret is not in the message that refuses it', () => {
      const refuse = () => table.CSSLCFG.write.text({ key: 'keypwd', context: 0, value: `hunter2${'"'.repeat(200)}` });
      expect(refuse).to.throw().with.property('message').that.does.not.include('hunter2');
    });
  });

  describe('answers own no line of another kind', () => {
    const strangers = [
      '+CCHOPEN: 0,0',
      '+CCHOPEN: 1,15',
      '+CCHCLOSE: 0,0',
      '+CCHSEND: 0,0',
      '+CCHSEND: 1,18',
      '+CCHRECV: 0,0',
      '+CCHRECV: 1,4',
      '+CCHRECV: DATA,0,5',
      '+CCHEVENT: 0,RECV EVENT',
      '+CCH_PEER_CLOSED: 0',
      '+CCH: CCH STOP',
      '+CCHSTART: 0',
      '+CCHSTOP: 0',
      'RING',
      'OK',
    ];
    for (const [name, forms] of Object.entries(table)) {
      for (const [kind, entry] of Object.entries(forms)) {
        if (typeof entry === 'string') continue;
        it(`${name} ${kind}`, () => {
          expect(strangers.filter((line) => form(entry).answer.owns(line))).to.deep.equal([]);
        });
      }
    }
  });

  it('every form names its section of the manual, and network commands have 120 s', () => {
    for (const [name, forms] of Object.entries(table)) {
      for (const entry of Object.values(forms)) {
        if (typeof entry === 'string') continue;
        expect(form(entry).manual).to.match(/^F10\d\d [TREW]\)$/);
        const network = /^CCH(START|STOP|OPEN|CLOSE)$/.test(name) && form(entry).completion === 'result';
        expect(form(entry).maximumTime).to.equal(network ? 120_000 : 0);
      }
    }
  });
});

describe('profiles', () => {
  it('are found by model', () => {
    const rows: [model: string, name: ProfileName][] = [
      ['SIMCOM_SIM7600E-H', 'sim7600'],
      ['SIM7500A', 'sim7600'],
      ['A7670E-FASE', 'a76xx'],
      ['A7608SA-H', 'a76xx'],
      ['SIM7670G', 'sim767x'],
      ['SIM7672E', 'sim767x'],
      ['SIM7080G', 'manual'],
      ['EC25', 'manual'],
      ['', 'manual'],
    ];
    expect(rows.map(([model]) => profileOfModel(model).name)).to.deep.equal(rows.map(([, name]) => name));
  });

  it('know the firmware whose AT+CCHOPEN? misbehaves', () => {
    expect(openQueryMisbehaves('A7670E-FASE', 'A7670EB02V03')).to.equal(true);
    expect(openQueryMisbehaves('A7608SA-H', 'A7608SAB11V05')).to.equal(true);
    expect(openQueryMisbehaves('A7670E-FASE', 'A7670M7_V1.11.1')).to.equal(false);
    expect(openQueryMisbehaves('SIM7600E-H', 'B02V03')).to.equal(false);
  });

  it('limit file names and explicit reads of their family', () => {
    const small = commandTable(profiles.sim767x);
    const name = `${'a'.repeat(52)}.pem`;
    expect(() => small.CCERTDELE.write.text({ name }))
      .to.throw()
      .with.property('code', 'ERR_INVALID_ARG_VALUE');
    expect(table.CCERTDELE.write.text({ name })).to.equal(`AT+CCERTDELE="${name}"`);
    expect(() => small.CCHRECV.write.text({ session: 0, length: 2049 })).to.throw();
    expect(small.CCHRECV.write.text({ session: 0 })).to.equal('AT+CCHRECV=0');
  });
});
