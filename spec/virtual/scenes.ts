import { expect } from 'chai';
import sinon from 'sinon';

import type { Rule, VirtualModem, VirtualModemOptions } from '../../lib/virtual/index.js';
import { until } from '../support/turn.js';
import { afterwards, connected, started, tcpServer, type Host } from './host.js';

/** A modem and what talks to it. */
export interface Pair {
  readonly modem: VirtualModem;
  readonly host: Host;
}

export function broke(modem: VirtualModem, ...rules: [rule: Rule, detail: string][]): void {
  expect(modem.brokenRules.map(({ rule, detail }) => [rule, detail])).to.deep.equal(rules);
}

/** Time that passes only when told. */
export function heldTime() {
  const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  afterwards(() => clock.restore());
  return clock;
}

/** Session 0 open, with bytes cached in it. */
export async function cached(bytes: string, options: VirtualModemOptions = {}, set = '0,1') {
  const made = await connected(options, set);
  made.peer.write(bytes);
  await until(() => made.modem.sessions[0]?.cached === bytes.length);
  await made.host.finds(/RECV EVENT\r\n/);
  return made;
}

/** Session 0 on its way to be open. */
export async function opening(options: VirtualModemOptions = {}): Promise<Pair> {
  const { port } = await tcpServer();
  const made = await started({ faults: { openDelay: 300_000 }, ...options });
  made.host.sends(`AT+CCHOPEN=0,"127.0.0.1",${port},1\r`);
  if (options.replyOrder !== 'result-first') await made.host.hears('\r\nOK\r\n');
  else await until(() => made.modem.sessions[0]?.state === 'opening');
  return made;
}

/** Session 0 with bytes that do not leave. */
export async function unsent(options: VirtualModemOptions = {}) {
  const made = await connected({ ...options, faults: { uplink: 0 } }, '1,1');
  made.host.sends('AT+CCHSEND=0,3\r');
  await made.host.finds(/^\r\n>( |\r\n)?/);
  made.host.sends('abc');
  await made.host.finds(/OK\r\n/);
  return made;
}

/** Session 0 closed by the peer and not by the host. */
export async function ended(options: VirtualModemOptions = {}) {
  const made = await connected(options);
  made.peer.end();
  await made.host.hears('\r\n+CCH_PEER_CLOSED: 0\r\n');
  return made;
}

export async function stopped(): Promise<Pair> {
  const made = await started();
  await made.host.asks('AT+CCHSTOP', '\r\nOK\r\n\r\n+CCHSTOP: 0\r\n');
  return made;
}

export async function closed(options: VirtualModemOptions = {}): Promise<Pair> {
  const made = await connected(options);
  await made.host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
  return made;
}

/** Session 0 that waits for its bytes to leave before it is closed. */
export async function closing(): Promise<Pair> {
  const made = await unsent();
  await made.host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n');
  return made;
}

/** The service stopped by the module, and the host told so by the answer to a command. */
export async function lost(command: string): Promise<Pair> {
  const made = await started();
  await made.host.asks('AT+CFUN=0', '\r\nOK\r\n\r\n+CCH: CCH STOP\r\n');
  made.host.sends(`${command}\r`);
  await made.host.finds(/ERROR\r\n|: 17\r\n/);
  return made;
}
