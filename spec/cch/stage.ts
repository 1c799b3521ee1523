import sinon from 'sinon';

import { AtChannel } from '../../lib/at/index.js';
import { SslService, profiles, type Failure, type Session } from '../../lib/cch/index.js';
import { ScriptedPeer, host, modem, type Turn } from '../support/scripted-peer.js';
import { turn } from '../support/turn.js';

const barriers = [{ text: 'AT+CCHSET?', owns: (line: string) => line.startsWith('+CCHSET:') }];

/** Lines of the module, each with its CR LF before and behind. */
export function lines(...all: string[]): string {
  return all.map((line) => `\r\n${line}\r\n`).join('');
}

/** How the service is started, and session 0 opened, where data is pushed. */
const beginning: Turn[] = [
  host('AT+CCHSTOP\r'),
  modem(lines('ERROR')),
  host('AT+CCHSET=1,0\r'),
  modem(lines('OK')),
  host('AT+CCHMODE=0\r'),
  modem(lines('OK')),
  host('AT+CCHSTART\r'),
  modem(lines('OK', '+CCHSTART: 0')),
  host('AT+CCHOPEN=0,"h",7,1\r'),
  modem(lines('OK', '+CCHOPEN: 0,0')),
];

/** A session of a service to which data is pushed, on a module whose words are written down; time passes when told. */
export class Stage {
  readonly clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  /** What the session brought, and how it ended. */
  readonly heard: { data: string; end: 'none' | 'ended' | Failure } = { data: '', end: 'none' };
  session!: Session;
  readonly #peer: ScriptedPeer;
  readonly #channel: AtChannel;
  readonly #service: SslService;

  /** `turns`: the dialogue behind the open. */
  constructor(turns: readonly Turn[]) {
    this.#peer = new ScriptedPeer([...beginning, ...turns]);
    this.#channel = new AtChannel(this.#peer.port, { baudRate: 115_200, commandTimeout: 9000, barriers });
    this.#service = new SslService(this.#channel, profiles.sim7600, {
      openQuery: true,
      receive: 'auto',
      mode: 'command',
      flowControl: false,
    });
  }

  async open(): Promise<void> {
    const { signal } = new AbortController();
    await this.#service.start();
    const prepare = () => Promise.resolve({ host: 'h', port: 7, clientType: 1 } as const);
    this.session = await this.#service.acquire({ signal, prepare });
    this.session.attach({
      room: () => Infinity,
      data: (chunk) => (this.heard.data += chunk.toString('latin1')),
      ended: () => this.#ends('ended'),
      failed: (failure) => this.#ends(failure),
    });
  }

  /** The module says something beyond its dialogue. */
  async says(text: string): Promise<void> {
    this.#peer.port.push(Buffer.from(text, 'latin1'));
    await this.settles();
  }

  /** So many ms pass. */
  async passes(milliseconds: number): Promise<void> {
    await this.settles();
    this.clock.tick(milliseconds);
    await this.settles();
  }

  /** What is there to be heard is heard. */
  async settles(): Promise<void> {
    for (let turns = 0; turns < 20; turns++) await turn();
  }

  /** The dialogue is over; rejects with what went wrong in it. */
  finished(): Promise<void> {
    return this.#peer.finished();
  }

  /** The first end counts. */
  #ends(how: 'ended' | Failure): void {
    if (this.heard.end === 'none') this.heard.end = how;
  }

  close(): void {
    this.#service.close({ type: 'service-stopped' }, new Error('The dialogue is over.'));
    this.#channel.close(new Error('The dialogue is over.'));
    this.clock.restore();
  }
}
