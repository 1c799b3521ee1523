import { readFileSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import { readPage, type Mode } from './page.js';

const docs = new URL('../../docs/', import.meta.url);
const text = readFileSync(new URL('clients.md', docs), 'utf8');

/** Cells of the tables, by the rows' first words. */
function rows(section: RegExp): Map<string, string[]> {
  const body = section.exec(text)?.[0] ?? '';
  const cells = [...body.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) => row.split('|').map((cell) => cell.trim()));
  return new Map(cells.slice(2).map(([first = '', ...rest]) => [first, rest]));
}

describe('docs/clients.md', () => {
  const clients = rows(/^\| client[^]*?\n\n/m);
  const times = rows(/^## Time\n[^]*?\n## /m);
  const pages = [...clients.keys()].map((cell) => /\(clients\/(\w+)\.md\)/.exec(cell)?.[1] ?? cell);

  it('has a row for each page', () => {
    const files = readdirSync(new URL('clients/', docs)).map((file) => file.replace('.md', ''));
    expect([...pages].sort()).to.deep.equal(files.sort());
  });

  for (const [cell, [tested = '', ...works]] of clients) {
    const name = /\(clients\/(\w+)\.md\)/.exec(cell)?.[1] ?? '';

    it(`says of ${name} what its page says`, () => {
      const page = readPage(name);
      const words = (list: string) => list.match(/[@\w.-]*\w/g)?.filter((word) => word !== 'and');
      expect(words(tested)).to.deep.equal(words(page.tested));
      const modes: Mode[] = ['modem', 'host', false];
      expect(works.slice(0, 3)).to.deep.equal(modes.map((mode) => (page.modes.get(mode) === true ? 'yes' : 'no')));
    });
  }

  it('says of each client which timeouts its snippet sets', () => {
    expect([...times.keys()].flatMap((names) => names.split(', '))).to.deep.equal(
      pages.map((name) => (name === 'https' ? ['http', 'https'] : name)).flat(),
    );
    for (const [names, cells] of times) {
      const [name = ''] = names.split(', ').slice(-1);
      const { snippet } = readPage(name);
      const set = snippet.match(/\b\d[\d_]*\b/g)?.map((number) => Number(number.replaceAll('_', '')));
      for (const number of (cells.at(-1) ?? '').match(/\d[\d,]*/g) ?? []) {
        expect(set, `${name}: ${number}`).to.include(Number(number.replaceAll(',', '')));
      }
    }
  });
});
