import { expect } from 'chai';

import { modem } from '../support/scripted-peer.js';
import { Stage, lines } from './stage.js';

const closed = '+CCH_PEER_CLOSED: 0';

describe('the end of a connection whose data is pushed', () => {
  let stage: Stage;

  afterEach(() => stage.close());

  /** The module says this when the session is open. */
  async function says(text: string): Promise<void> {
    stage = new Stage([modem(text)]);
    await stage.open();
    await stage.finished();
    await stage.settles();
  }

  it('comes 200 ms behind the word that the peer has closed', async () => {
    await says(`\r\n+CCHRECV: DATA,0,4\r\ndata${lines('', closed)}`);
    await stage.passes(199);
    expect(stage.heard).to.deep.equal({ data: 'data', end: 'none' });
    await stage.passes(1);
    expect(stage.heard).to.deep.equal({ data: 'data', end: 'ended' });
  });

  it('is not put off by the report of a send that comes behind that word', async () => {
    await says(lines(closed, '+CCHSEND: 0,0'));
    await stage.passes(150);
    await stage.says(lines('+CCHSEND: 0,0'));
    expect(stage.heard.end).to.equal('none');
    await stage.passes(50);
    expect(stage.heard.end).to.equal('ended');
  });

  it('is put off by data that still comes', async () => {
    await says(lines(closed));
    await stage.passes(150);
    await stage.says('\r\n+CCHRECV: DATA,0,4\r\nlate\r\n');
    await stage.passes(199);
    expect(stage.heard).to.deep.equal({ data: 'late', end: 'none' });
    await stage.passes(1);
    expect(stage.heard).to.deep.equal({ data: 'late', end: 'ended' });
  });

  it('waits for the rest of a frame in the middle of which it would come', async () => {
    await says(`${lines(closed)}\r\n+CCHRECV: DATA,0,10\r\nhalf `);
    await stage.passes(200);
    await stage.passes(200);
    expect(stage.heard).to.deep.equal({ data: '', end: 'none' });
    await stage.says('whole\r\n');
    expect(stage.heard).to.deep.equal({ data: 'half whole', end: 'none' });
    await stage.passes(200);
    expect(stage.heard).to.deep.equal({ data: 'half whole', end: 'ended' });
  });

  it('does not wait for a frame of the other session', async () => {
    await says(`${lines(closed)}\r\n+CCHRECV: DATA,1,10\r\nhalf `);
    await stage.passes(200);
    expect(stage.heard).to.deep.equal({ data: '', end: 'ended' });
  });

  it('is a failure where the rest of the frame never comes', async () => {
    await says(`${lines(closed)}\r\n+CCHRECV: DATA,0,10\r\nhalf `);
    await stage.passes(1000);
    await stage.passes(200);
    expect(stage.heard.data).to.equal('');
    expect(stage.heard.end).to.include({ type: 'line', session: 0 });
  });
});
