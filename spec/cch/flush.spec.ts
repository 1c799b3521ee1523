import { expect } from 'chai';

import { SendFailure } from '../../lib/cch/index.js';
import { host, modem, type Turn } from '../support/scripted-peer.js';
import { Stage, lines } from './stage.js';

const closed = '+CCH_PEER_CLOSED: 0';
const question = host('AT+CCHSEND?\r');
const unsent = (bytes: number) => [`+CCHSEND: 0,${bytes},1,0`, 'OK'];
const sending: Turn[] = [host('AT+CCHSEND=0,5\r'), modem('\r\n>'), host('hello'), modem(lines('OK'))];

describe('a flush', () => {
  let stage: Stage;

  afterEach(() => stage.close());

  /** What becomes of the flush of 5 bytes when the module says so. */
  async function flush(...turns: Turn[]): Promise<Promise<unknown>> {
    stage = new Stage([...sending, ...turns]);
    await stage.open();
    await stage.session.send([Buffer.from('hello')]);
    const outcome = stage.session.flush().then(
      () => 'flushed',
      (error: unknown) => (error instanceof SendFailure ? error.failure.type : error),
    );
    for (let waits = 0; waits < 3; waits++) await stage.passes(100);
    await stage.finished();
    return outcome;
  }

  it('is over when the module says that no byte is unsent', async () => {
    expect(await flush(question, modem(lines(...unsent(5))), question, modem(lines(...unsent(0))))).to.equal('flushed');
  });

  it('is not refused by a count that was asked for before the peer had closed: the module is asked again', async () => {
    const stale = modem(lines(closed, ...unsent(5)));
    expect(await flush(question, stale, question, modem(lines(...unsent(0))))).to.equal('flushed');
  });

  it('is refused by a count that was asked for behind that, also by the second', async () => {
    const stale = modem(lines(closed, ...unsent(5)));
    expect(await flush(question, stale, question, modem(lines(...unsent(5))))).to.equal('send-refused');
  });

  it('is refused at once where the peer had closed before, and bytes are unsent', async () => {
    stage = new Stage([...sending, modem(lines(closed)), question, modem(lines(...unsent(5)))]);
    await stage.open();
    await stage.session.send([Buffer.from('hello')]);
    await stage.settles();
    expect(stage.session.state).to.equal('peer-closed');
    const failure: unknown = await stage.session.flush().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(SendFailure);
    await stage.finished();
  });
});
