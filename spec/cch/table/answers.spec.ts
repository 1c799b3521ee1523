import { expect } from 'chai';
import fc from 'fast-check';

import { answers } from './answers.js';
import { entries, seed, type Entry } from './entries.js';

const settings = { seed, numRuns: 120, interruptAfterTimeLimit: 1500 };
const label = ({ profile, command, form }: Entry) => `${profile}: ${command} ${form}`;
const modelOf = ({ profile, command, form }: Entry) => answers(profile)[command]?.[form];

describe(`the command table: what the module answers is what the host reads (seed ${seed})`, () => {
  for (const entry of entries) {
    const model = modelOf(entry);
    if (model === undefined) continue;
    const { answer } = entry.entry;

    it(label(entry), () => {
      const space = fc.constantFrom('', ' ', '  ');
      const property = fc.property(
        model.value,
        space,
        space,
        fc.boolean(),
        (value, behindColon, behindComma, small) => {
          const lines = model.lines(value as never);
          const plain = lines.map((parameters) => `+${entry.command}: ${parameters.join(',')}`);
          expect(answer.format(value)).to.deep.equal(plain);
          expect(answer.parse(plain)).to.deep.equal(value);
          expect(plain.filter((line) => !answer.owns(line))).to.deep.equal([]);
          // Spacing varies, and the name may stand in small letters (field note 2).
          const name = small ? entry.command.toLowerCase() : entry.command;
          const other = lines.map((parameters) => `+${name}:${behindColon}${parameters.join(`,${behindComma}`)} `);
          expect(answer.parse(other), other.join('\n')).to.deep.equal(value);
          expect(other.filter((line) => !answer.owns(line))).to.deep.equal([]);
        },
      );
      fc.assert(property, settings);
    });

    it(`${label(entry)}: nearly the same is not taken`, () => {
      const property = fc.property(model.value, model.wrong, (value, wrong) => {
        const line = `+${entry.command}: ${wrong.join(',')}`;
        expect(answer.owns(line), line).to.equal(false);
        expect(answer.parse([...answer.format(value), line]), line).to.equal(undefined);
        expect(answer.parse([line]), line).to.equal(undefined);
      });
      fc.assert(property, settings);
    });

    it(`${label(entry)}: nor under another name, or without its colon`, () => {
      const property = fc.property(model.value, (value) => {
        for (const line of answer.format(value)) {
          const renamed = line.replace(/^\+\w+/, '+CCHXYZ');
          for (const other of [line.replace(': ', ' '), line.slice(1), ` ${line}`, `AT${line}`, renamed]) {
            expect(answer.owns(other), other).to.equal(false);
          }
        }
      });
      fc.assert(property, settings);
    });

    it(`${label(entry)}: as many lines as it has, no fewer and no more`, () => {
      const property = fc.property(model.value, (value) => {
        const lines = answer.format(value);
        if (Array.isArray(value)) expect(lines).to.have.lengthOf(value.length);
        else expect([answer.parse([]), answer.parse([...lines, ...lines])]).to.deep.equal([undefined, undefined]);
      });
      fc.assert(property, settings);
    });
  }

  it('no entry is forgotten: each is described here, tells ranges, or answers nothing but its final result', () => {
    const undescribed = entries.filter((entry) => modelOf(entry) === undefined && entry.entry.kind !== 'test');
    for (const entry of undescribed) expect(entry.entry.answer.syntax, label(entry)).to.deep.equal([]);
    const silent = undescribed
      .filter(({ profile }) => profile === 'manual')
      .map(({ command, form }) => `${command} ${form}`);
    expect(silent).to.have.members([
      ...['CCHSTART execute', 'CCHSTART write', 'CCHSTOP execute', 'CCHSTOP write', 'CCHOPEN write', 'CCHCLOSE write'],
      ...['CCHSEND write', 'CCHRECV write', 'CCHCFG write', 'CCHSSLCFG write', 'CCHMODE write', 'CCHSET write'],
      ...['CSSLCFG write', 'CCERTDOWN write', 'CCERTDELE write'],
    ]);
    for (const { entry } of undescribed) {
      expect([entry.answer.format(undefined), entry.answer.owns('+CCHOPEN: 0,0')]).to.deep.equal([[], false]);
    }
  });
});

describe('answers own no line of another kind', () => {
  const strangers = [
    ...['+CCHOPEN: 0,0', '+CCHOPEN: 1,15', '+CCHCLOSE: 0,0', '+CCHSEND: 0,0', '+CCHSEND: 1,18', '+CCHRECV: 0,0'],
    ...['+CCHRECV: 1,4', '+CCHRECV: DATA,0,5', '+CCHEVENT: 0,RECV EVENT', '+CCHEVENT: 0, RECV EVENT'],
    ...['+CCH_PEER_CLOSED: 0', '+CCH_RECV_CLOSED: 0,4', '+CCH: CCH STOP', '+CCHSTART: 0', '+CCHSTART: 0,1'],
    ...['+CCHSTOP: 0', '+CGEV: ME PDN ACT 1', '+CMTI: "SM",3', 'RING', 'OK', 'ERROR', ''],
  ];
  for (const entry of entries) {
    it(label(entry), () => {
      expect(strangers.filter((line) => entry.entry.answer.owns(line))).to.deep.equal([]);
    });
  }
});
