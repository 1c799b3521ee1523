import { expect } from 'chai';

import { examples, type Example } from './chapter.js';
import { turns } from './transcript.js';

const plain = (text: string) => text.replace(/[“”]/g, '"').replace(/\s+/g, ' ').trim();

/** What the manual prints, put right where it is said to be wrong. */
function meant({ printed, departures }: Example): string {
  return departures.reduce((text, departure) => {
    expect(text).to.include(departure.printed);
    expect(departure.why).to.not.equal('');
    return text.replace(departure.printed, departure.meant);
  }, plain(printed));
}

describe('the examples of the chapter', () => {
  for (const example of examples) {
    it(`${example.name} is what the manual prints${example.departures.length > 0 ? ', put right' : ''}`, () => {
      const bytes = turns(example.steps).map((turn) => turn.bytes.toString('latin1'));
      expect(plain(bytes.join(' '))).to.equal(meant(example));
      for (const turn of turns(example.steps))
        expect(turn.bytes.toString('latin1')).to.match(/^(AT[^\r]*\r|\r\n[^]*|[^]+)$/);
    });
  }

  it('are those of all fifteen sections', () => {
    const sections = Array.from({ length: 15 }, (_, index) => `F10${String(index + 1).padStart(2, '0')}`);
    expect(examples.map(({ source }) => source)).to.deep.equal(sections);
  });

  it('count their bytes: 125 in F1005, 227 and not 249 in F1006', () => {
    const counted = (source: string) => examples.find((example) => example.source === source);
    const sent = turns(counted('F1005')?.steps ?? [])[2]?.bytes.length;
    const [, read] = turns(counted('F1006')?.steps ?? []).map((turn) => turn.bytes.toString('latin1'));
    const [, length = '', body = ''] = /DATA,1,(\d+)\r\n([^]*)\r\n\r\n\+CCHRECV: 1,0\r\n$/.exec(read ?? '') ?? [];
    expect([sent, Number(length), body.length, body.length - body.indexOf('<html>')]).to.deep.equal([
      125, 227, 227, 57,
    ]);
  });
});
