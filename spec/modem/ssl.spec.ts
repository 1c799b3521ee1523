import { expect } from 'chai';
import { cells, specified } from './ssl/cells.js';
import './ssl/service.js';
import './ssl/sessions.js';
import './ssl/data.js';
import './ssl/settings.js';
import './ssl/contexts.js';
import './ssl/files.js';

describe('modem.ssl', () => {
  it('has a spec for every form of every command', () => {
    expect([...specified]).to.have.members(cells);
    expect(cells).to.have.lengthOf(34);
  });
});
