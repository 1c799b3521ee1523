import { expect } from 'chai';

import { cells, shows, type Cell } from './cells.js';
import { transcripts } from './index.js';
import { turns, type Transcript } from './transcript.js';

const nameOf = (cell: Cell) => cell.named ?? cell.name;

/** Whether a transcript names a cell, comes from a family that has it, and really shows it. */
function covers(transcript: Transcript, cell: Cell): boolean {
  const { cells: named = [], profile = 'manual' } = transcript;
  if (!named.includes(nameOf(cell)) || cell.profiles?.includes(profile) === false) return false;
  return shows(cell, turns(transcript.steps));
}

const covering = (cell: Cell) => transcripts.filter((transcript) => covers(transcript, cell));

describe(`golden transcripts: the ${cells.length} cells of the chapter`, () => {
  it('each has one that is played against the virtual modem', () => {
    const needed = cells.filter(({ only }) => only !== 'driver');
    expect(
      needed.filter((cell) => !covering(cell).some(({ virtual }) => virtual)).map(({ name }) => name),
    ).to.deep.equal([]);
  });

  it('each has one that is played against the driver', () => {
    const needed = cells.filter(({ only }) => only !== 'virtual');
    expect(needed.filter((cell) => !covering(cell).some(({ driver }) => driver)).map(({ name }) => name)).to.deep.equal(
      [],
    );
  });

  it('no transcript names one that it does not show, or that does not exist', () => {
    const wrong = transcripts.flatMap((transcript) =>
      (transcript.cells ?? [])
        .filter((name) => !cells.some((cell) => nameOf(cell) === name && covers(transcript, cell)))
        .map((name) => `${transcript.name}: ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('have names of their own, and come from every family', () => {
    expect(new Set(cells.map(({ name }) => name)).size).to.equal(cells.length);
    const families = new Set(cells.flatMap(({ profiles }) => profiles ?? []));
    expect([...families]).to.have.members(['manual', 'sim7600', 'a76xx', 'sim767x']);
    expect(cells.length).to.be.at.least(200);
  });
});

describe('golden transcripts', () => {
  it('have a name of their own and a source, and are played against something', () => {
    expect(new Set(transcripts.map(({ name }) => name)).size).to.equal(transcripts.length);
    for (const { name, source, virtual, driver } of transcripts) {
      expect(source, name).to.match(/F10\d\d|field note/);
      expect(virtual ?? driver, name).to.not.equal(undefined);
    }
    expect(transcripts.length).to.be.at.least(200);
  });
});
