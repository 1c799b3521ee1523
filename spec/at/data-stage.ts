import { expect } from 'chai';

import type { ChannelOptions } from '../../lib/at/index.js';
import { Stage, follow, type Outcome } from './stage.js';

export const OK = '\r\nOK\r\n';
export const CLOSED = '\r\nCLOSED\r\n';
export const CONNECT = '\r\nCONNECT 115200\r\n';
export const OPEN = 'AT+CCHOPEN=0,"server.test",80,1';
export const csq = { text: 'AT+CSQ', owns: (line: string) => line.startsWith('+CSQ:') };

/** A stage on which the modem has a transparent session. */
export class DataStage extends Stage {
  /** Data of the server, and how often and why the session was over. */
  data = '';
  readonly losses: (Error | undefined)[] = [];

  constructor(options: Partial<ChannelOptions> = {}) {
    super(options);
    this.channel.on('data', (chunk) => (this.data += chunk.toString('latin1')));
    this.channel.on('carrier-lost', (error) => this.losses.push(error));
  }

  async online(answer = CONNECT): Promise<void> {
    const opened = follow(this.channel.execute({ text: OPEN, connects: true }));
    await this.hostSends(`${OPEN}\r`);
    await this.modemAnswers(answer);
    expect(await opened).to.deep.equal({ lines: [] });
    expect(this.channel.dataState).to.equal('online');
  }

  /** Host was told CLOSED among data, and makes sure that the module takes commands. */
  async hostMakesSure(): Promise<void> {
    await this.passes(1051);
    await this.hostSends('+++');
    await this.passes(1051);
    await this.hostSends('\r');
    await this.modemAnswers('\r\nERROR\r\n');
    await this.passes(200);
    await this.barrierPasses();
  }

  /** Host keeps silent for a second and escapes. */
  async hostEscapes(): Promise<void> {
    await this.passes(1040);
    await this.hostIsSilent();
    await this.passes(11);
    await this.hostSends('+++');
  }

  /** Modem waits for its second, then answers. */
  async modemEscapes(answer = OK): Promise<void> {
    await this.passes(1000);
    await this.modemAnswers(answer);
    await this.passes(200);
  }

  /** Host does not know whether the modem is in data mode, and wants it out of it. */
  async hostEscapesBlindly(answer = ''): Promise<void> {
    await this.hostEscapes();
    await this.passes(1000);
    await this.modemAnswers(answer);
    await this.hostIsSilent();
    await this.passes(51);
    await this.hostSends('\r');
    await this.passes(200);
  }

  ask(): Promise<Outcome> {
    return follow(this.channel.execute(csq));
  }

  async isAsked(outcome: Promise<Outcome>): Promise<void> {
    await this.hostSends('AT+CSQ\r');
    await this.modemAnswers(`\r\n+CSQ: 24,99\r\n${OK}`);
    expect(await outcome).to.deep.equal({ lines: ['+CSQ: 24,99'] });
  }

  async hostGoesOnline(): Promise<void> {
    await this.hostSends('ATO\r');
    await this.modemAnswers(CONNECT);
    expect(this.channel.dataState).to.equal('online');
  }

  /** Writes data of the session: `sent`, or the code of the error. */
  send(text: string): Promise<string> {
    return this.channel.sendData(Buffer.from(text)).then(
      () => 'sent',
      (error: unknown) => (error as { code: string }).code,
    );
  }
}
