import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { errorCodes } from '../../lib/errors/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every file under a folder, by its path from the root. */
function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

/** What git keeps, or would: the repository itself, and not what is built or installed. */
function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && existsSync(join(root, path)));
}

const documents = ['README.md', 'CHANGELOG.md', ...filesUnder('docs')];

describe('docs/errors.md', () => {
  const page = read('docs/errors.md');

  it('has one heading for every error code, and no other', () => {
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).to.have.members([...errorCodes]);
    expect(headings).to.have.length(errorCodes.length);
  });

  it('says under each what to do', () => {
    for (const section of page.split(/^## /m).slice(1)) expect(section).to.include('**What to do');
  });
});

describe('docs/field-notes.md', () => {
  /** The numbers of all notes: `3` for a section, `3.4` for a note in it. */
  const notes = new Set<string>();
  let section = '';
  for (const line of read('docs/field-notes.md').split('\n')) {
    section = /^## (\d+)\./.exec(line)?.[1] ?? section;
    const note = /^(\d+)\. /.exec(line)?.[1];
    notes.add(note === undefined ? section : `${section}.${note}`);
  }

  it('has every note that the code and the specs cite', () => {
    const cited: string[] = [];
    for (const path of ['lib', 'spec'].flatMap(filesUnder).filter((path) => path.endsWith('.ts'))) {
      // A citation may go on in the next line of a comment.
      const text = read(path).replace(/\n\s*(\*|\/\/)?/g, ' ');
      for (const [, numbers = ''] of text.matchAll(/field notes? ((?:[\d.]+\d|\d)(?:(?:, ?|–| and )\d[\d.]*\d?)*)/gi)) {
        for (const number of numbers.split(/, ?|–| and /)) cited.push(`${number.replace(/\.$/, '')} in ${path}`);
      }
    }
    expect(cited.length).to.be.greaterThan(30);
    expect(cited.filter((citation) => !notes.has(citation.split(' ')[0] ?? ''))).to.deep.equal([]);
  });

  it('is complete', () => {
    const expected = [1, 2, 3, 4, 5, 6].map(String);
    for (let note = 1; note <= 12; note++) expected.push(`3.${note}`);
    for (let note = 1; note <= 20; note++) expected.push(`5.${note}`);
    expect([...notes]).to.include.members(expected);
  });
});

describe('documents', () => {
  it('link only to what exists', () => {
    const broken: string[] = [];
    for (const document of documents) {
      for (const [, target = ''] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
        const [path = '', anchor] = target.split('#');
        if (/^[a-z]+:/.test(path)) continue;
        const file = path === '' ? document : join(dirname(document), path);
        const exists = existsSync(join(root, file));
        if (!exists || (anchor !== undefined && !anchors(read(file)).has(anchor))) {
          broken.push(`${document}: ${target}`);
        }
      }
    }
    expect(broken).to.deep.equal([]);
  });

  it('name only files that exist', () => {
    const missing: string[] = [];
    for (const document of documents) {
      for (const [, path = ''] of read(document).matchAll(/`((?:lib|spec|docs|bench|scripts)\/[\w./-]+)`/g)) {
        if (!existsSync(join(root, path))) missing.push(`${document}: ${path}`);
      }
    }
    expect(missing).to.deep.equal([]);
  });

  it('name constants and fields where they are', () => {
    const wrong: string[] = [];
    for (const [, path = '', names = ''] of read('docs/assumptions.md').matchAll(/`(lib\/[\w./-]+)` \(([^)]*)\)/g)) {
      for (const [, name = ''] of names.matchAll(/`(\w+)`/g)) {
        if (!read(path).includes(name)) wrong.push(`${path}: ${name}`);
      }
    }
    expect(wrong).to.deep.equal([]);
  });

  it('show every option of Modem.open in the README, and no other', () => {
    const declared = [
      ...(/interface ModemOptions \{([\s\S]*?)\n\}/.exec(read('lib/modem/options.ts'))?.[1] ?? '').matchAll(
        /^ {2}(\w+)\?:/gm,
      ),
    ].map(([, name]) => name);
    const section = /### `Modem\.open[\s\S]*?(?=\n### )/.exec(read('README.md'))?.[0] ?? '';
    const shown = [...section.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\|/gm)].flatMap(([, cell = '']) =>
      cell.split(', ').map((name) => name.replaceAll('`', '')),
    );
    expect(shown).to.have.members(declared);
  });

  it('show every option of connect in the README, but the one that http sets', () => {
    const declared = [
      ...(/interface ConnectOptions \{([\s\S]*?)\n\}/.exec(read('lib/socket/options.ts'))?.[1] ?? '').matchAll(
        /^ {2}(\w+)\?:/gm,
      ),
    ].map(([, name]) => name);
    const section = /### `modem\.connect[\s\S]*?(?=\n### )/.exec(read('README.md'))?.[0] ?? '';
    for (const name of declared) if (name !== 'protocol') expect(section).to.include(`\`${name ?? ''}\``);
  });
});

describe('the repository', () => {
  // Put together here, so that this file does not hold what it forbids.
  const forbidden = [
    ['', 'work', ''].join('/'),
    ['', 'tmp', 'bash_'].join('/'),
    ['', 'root', ''].join('/'),
    ['', 'home', ''].join('/'),
    ['registry', 'npmjs'].join('.'),
    ['shared', 'DESIGN'].join('/'),
    ['', 'library', ''].join('.').replace(/\.$/, '/'),
    'FIELD-' + 'NOTES',
    'DESIGN' + '.md',
    'MODELS' + '.md',
  ];

  it('mentions no path of anybody’s machine, and no registry', function () {
    // Not in an unpacked archive.
    if (!existsSync(join(root, '.git'))) this.skip();
    const found: string[] = [];
    for (const path of trackedFiles()) {
      if (path === 'package-lock.json') continue;
      const text = read(path);
      for (const word of forbidden) if (text.includes(word)) found.push(`${path}: ${word}`);
    }
    expect(found).to.deep.equal([]);
  });
});

/** The anchors of a page's headings, as they are made from their text. */
function anchors(page: string): Set<string> {
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}
