import { expect } from 'chai';
import fc from 'fast-check';

import {
  Result,
  formatUnsolicited,
  moduleResult,
  parseUnsolicited,
  profiles,
  type Unsolicited,
} from '../../../lib/cch/table/index.js';
import { seed } from './entries.js';

const session = fc.integer({ min: 0, max: 1 });
const error = fc.integer({ min: 0, max: 9999 });

const code: fc.Arbitrary<Unsolicited> = fc.oneof(
  fc.record({ type: fc.constantFrom('start-result' as const, 'stop-result' as const), error }),
  fc.record({
    type: fc.constantFrom(
      'open-result' as const,
      'close-result' as const,
      'send-report' as const,
      'receive-closed' as const,
      'receive-error' as const,
      'receive-end' as const,
    ),
    session,
    error,
  }),
  fc.record({ type: fc.constant('receive-event' as const), session }),
  fc.record({ type: fc.constant('peer-closed' as const), session: fc.option(session, { nil: undefined }) }),
  fc.constant({ type: 'service-stopped' as const }),
);

describe(`unsolicited result codes (seed ${seed})`, () => {
  it('are read as they are written, in every spacing and in small letters', () => {
    const family = fc.constantFrom(...Object.values(profiles));
    const spaces = fc.constantFrom('', ' ', '  ');
    const property = fc.property(code, family, spaces, fc.boolean(), (given, profile, space, small) => {
      const line = formatUnsolicited(given, profile).replace(': ', `:${space}`).replace(',', `,${space}`);
      const [name = '', ...rest] = line.split(':');
      expect(parseUnsolicited(small ? [name.toLowerCase(), ...rest].join(':') : line), line).to.deep.equal(given);
    });
    fc.assert(property, { seed, numRuns: 2000, interruptAfterTimeLimit: 3000 });
  });

  it('are printed as each family prints them (F1011, field note 2)', () => {
    const event: Unsolicited = { type: 'receive-event', session: 0 };
    const stopped: Unsolicited = { type: 'service-stopped' };
    const printed = Object.values(profiles).map((profile) => [
      formatUnsolicited(event, profile),
      formatUnsolicited(stopped, profile),
    ]);
    expect(printed).to.deep.equal([
      ['+CCHEVENT: 0, RECV EVENT', '+CCH: CCH STOP'],
      ['+CCHEVENT: 0,RECV EVENT', '+CCH: CCH STOP'],
      ['+CCHEVENT: 0,RECV EVENT', '+CCH:CCH STOP'],
      ['+CCHEVENT: 0,RECV EVENT', '+CCH:CCH STOP'],
    ]);
  });

  const rows: [line: string, code: Unsolicited][] = [
    ['+CCHSTART: 0', { type: 'start-result', error: 0 }],
    ['+CCHSTART: 0,1', { type: 'start-result', error: 0 }],
    ['+CCHSTOP: 0', { type: 'stop-result', error: 0 }],
    ['+CCHSTOP: 0,1', { type: 'stop-result', error: 0 }],
    ['+CCHOPEN: 1,15', { type: 'open-result', session: 1, error: 15 }],
    ['+CCHOPEN: 1,77', { type: 'open-result', session: 1, error: 77 }],
    ['+CCHCLOSE: 0,0', { type: 'close-result', session: 0, error: 0 }],
    ['+CCHSEND: 0,18', { type: 'send-report', session: 0, error: 18 }],
    ['+CCHRECV: 0,0', { type: 'receive-end', session: 0, error: 0 }],
    ['+CCHRECV: 1,4', { type: 'receive-end', session: 1, error: 4 }],
    ['+CCHEVENT: 0,RECV EVENT', { type: 'receive-event', session: 0 }],
    ['+CCHEVENT: 0, RECV EVENT', { type: 'receive-event', session: 0 }],
    ['+CCH_PEER_CLOSED: 1', { type: 'peer-closed', session: 1 }],
    ['+CCH_PEER_CLOSED:', { type: 'peer-closed', session: undefined }],
    ['+CCH_RECV_CLOSED: 0,4', { type: 'receive-closed', session: 0, error: 4 }],
    ['+CCH_RECV_ERROR: 1,9', { type: 'receive-error', session: 1, error: 9 }],
    ['+CCH: CCH STOP', { type: 'service-stopped' }],
    ['+CCH:CCH STOP', { type: 'service-stopped' }],
  ];
  for (const [line, expected] of rows) {
    it(line, () => expect(parseUnsolicited(line)).to.deep.equal(expected));
  }

  describe('are not', () => {
    for (const line of [
      '',
      'OK',
      'RING',
      'CLOSED',
      '+CCHSEND: 0,0,1,0',
      '+CCHRECV: LEN,0,0',
      '+CCHRECV: DATA,0,5',
      '+CCHRECV: 0',
      '+CCHRECV: 0,0,0',
      '+CCHRECV: 0,148,',
      '+CCHOPEN: 0,"a.example",443,2',
      '+CCHOPEN: 0,"",,,',
      '+CCHOPEN: (0-1),"ADDRESS",(1-65535)[,(1-2)[,(1-65535)]]',
      '+CCHOPEN: 0',
      '+CCHOPEN: 2,0',
      '+CCHOPEN: 0,-1',
      '+CCHOPEN: 0,"0"',
      '+CCHOPEN: 0,',
      '+CCHOPEN: ,0',
      '+CCHCLOSE: 0,x',
      '+CCHSEND: (0-1),(1-2048)',
      '+CCHSTART',
      '+CCHSTART:',
      '+CCHSTART: 0,1,2',
      '+CCHSTART: 0,x',
      '+CCHSTART: x',
      '+CCH_PEER_CLOSED: 2',
      '+CCH_PEER_CLOSED: 0,0',
      '+CCH_PEER_CLOSED: x',
      '+CCHEVENT: 0',
      '+CCHEVENT: 2,RECV EVENT',
      '+CCHEVENT: 0,SEND EVENT',
      '+CCHEVENT: 0,RECV EVENT,1',
      '+CCHEVENT: 0,"RECV EVENT"',
      '+CCH: STOP',
      '+CCH_RECV_CLOSED: 0',
      '+CCHSET: 1,1',
      '+CCHADDR: 10.0.0.1',
      ' +CCHRECV: 0,0',
      'AT+CCHRECV=0',
      '+CCHRECV 0,0',
    ]) {
      it(JSON.stringify(line), () => expect(parseUnsolicited(line)).to.equal(undefined));
    }
  });
});

describe('results', () => {
  it('have the meaning of the manual', () => {
    expect(moduleResult(Result.handshake)).to.deep.equal({ number: 15, text: 'handshake error' });
    expect(moduleResult(Result.dns).text).to.equal('get DNS error');
    expect(moduleResult(19).text).to.equal('certificates not set');
  });

  it('that no manual knows are kept', () => {
    expect(moduleResult(42)).to.deep.equal({ number: 42, text: 'unknown result' });
  });
});
