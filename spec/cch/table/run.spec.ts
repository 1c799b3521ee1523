import { expect } from 'chai';

import { requestOf } from '../../../lib/cch/run.js';
import { commandTable, profiles } from '../../../lib/cch/table/index.js';

const table = commandTable(profiles.manual);

describe('requestOf', () => {
  it('takes text, own lines and maximum time from the form', () => {
    const request = requestOf(table.CCHADDR.execute, {});
    expect(request).to.include({ text: 'AT+CCHADDR', timeout: undefined, hastenedBy: undefined });
    expect(request.owns?.('+CCHADDR: 10.0.0.1')).to.equal(true);
    expect(requestOf(table.CCHSTART.execute, {})).to.have.property('timeout', 120_000);
  });

  it('refuses a value out of range before anything is written', () => {
    expect(() => requestOf(table.CCHCLOSE.write, { session: 2 })).to.throw("'session'");
  });

  it('an early result of its own hastens the final one; that of the other session does not', () => {
    const { hastenedBy } = requestOf(table.CCHOPEN.write, { session: 1, host: 'a.example', port: 443 });
    expect(hastenedBy?.('+CCHOPEN: 1,0')).to.equal(true);
    expect(hastenedBy?.('+CCHOPEN: 0,0')).to.equal(false);
    expect(hastenedBy?.('+CCHCLOSE: 1,0')).to.equal(false);
    expect(requestOf(table.CCHSTOP.execute, {}).hastenedBy?.('+CCHSTOP: 0')).to.equal(true);
  });
});
