import type { Socket } from 'node:net';

import type { VirtualModem, VirtualModemOptions } from '../../lib/virtual/index.js';
import { until } from '../support/turn.js';
import { line } from './dialects.js';
import { cleanUp, modemAndHost, tcpServer, type Host } from './host.js';
import { heldTime } from './scenes.js';
import { configure } from './tls-host.js';

const OK = line('OK');
const ERROR = line('ERROR');
const CLOSE = OK + line('+CCHCLOSE: 0,0');
const STOP = OK + line('+CCHSTOP: 0');
const START = OK + line('+CCHSTART: 0');
const PEER_CLOSED = line('+CCH_PEER_CLOSED: 0');

interface Scene {
  readonly modem: VirtualModem;
  readonly host: Host;
  readonly port: number;
  /** The server's end of the next session. */
  readonly accept: () => Promise<Socket>;
}

/** A modem that was told send timeout and context of session 0. */
async function told(mode: 'command' | 'transparent', options: VirtualModemOptions): Promise<Scene> {
  const { port, peer } = await tcpServer();
  const { modem, host } = modemAndHost(options);
  if (mode === 'transparent') await host.asks('AT+CCHMODE=1', OK);
  await host.asks('AT+CCHSTART', START);
  await host.asks('AT+CCHCFG="sendtimeout",0,60', OK);
  await host.asks('AT+CCHSSLCFG=0,7', OK);
  return { modem, host, port, accept: peer };
}

/** The same with session 0 open. */
async function open(mode: 'command' | 'transparent', options: VirtualModemOptions) {
  const scene = await told(mode, options);
  const connected = mode === 'command' ? OK + line('+CCHOPEN: 0,0') : line('CONNECT 115200');
  await scene.host.asks(`AT+CCHOPEN=0,"127.0.0.1",${scene.port},1`, connected);
  return { ...scene, peer: await scene.accept() };
}

async function kept(host: Host): Promise<void> {
  await host.asks('AT+CCHSSLCFG?', `\r\n+CCHSSLCFG: 0,7\r\n+CCHSSLCFG: 1,\r\n${OK}`);
  await host.asks('AT+CCHCFG?', `\r\n+CCHCFG: 0,60,7\r\n+CCHCFG: 1,150,1\r\n${OK}`);
}

async function forgotten(host: Host): Promise<void> {
  await host.asks('AT+CCHSSLCFG?', `\r\n+CCHSSLCFG: 0,\r\n+CCHSSLCFG: 1,\r\n${OK}`);
  await host.asks('AT+CCHCFG?', `\r\n+CCHCFG: 0,150,0\r\n+CCHCFG: 1,150,1\r\n${OK}`);
}

type Happening = (scene: Scene & { readonly peer: Socket }) => Promise<void>;

const closedByPeer: Happening = async ({ host, peer }) => {
  peer.end();
  await host.hears(PEER_CLOSED);
};
const carrierLost: Happening = async ({ host, peer }) => {
  peer.end();
  await host.hears(line('CLOSED'));
};

describe('virtual modem: what CCHCFG and CCHSSLCFG set', () => {
  afterEach(cleanUp);

  describe('is forgotten', () => {
    for (const [when, command, result] of [
      ['of a name that nobody knows', 'AT+CCHOPEN=0,"unknown.example",1,1', 13],
      ['of a context without its files', 'AT+CCHOPEN=0,"127.0.0.1",1,2', 19],
    ] as const) {
      it(`after a failed open ${when}`, async () => {
        const { host } = await told('command', {});
        await configure(host, { authmode: 1 }, 7);
        await host.asks(command, OK + line(`+CCHOPEN: 0,${result}`));
        await forgotten(host);
      });
    }

    it('after an AT+CCHCLOSE that gave an open up', async () => {
      const { host, port } = await told('command', { faults: { openDelay: 60_000 } });
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, OK);
      await host.asks('AT+CCHCLOSE=0', CLOSE);
      await forgotten(host);
    });

    const happenings: [after: string, happening: Happening, options?: VirtualModemOptions][] = [
      ['AT+CCHCLOSE', ({ host }) => host.asks('AT+CCHCLOSE=0', CLOSE)],
      [
        'AT+CCHCLOSE behind a close by the peer',
        async (scene) => {
          await closedByPeer(scene);
          await scene.host.asks('AT+CCHCLOSE=0', CLOSE);
        },
      ],
      [
        'AT+CCHCLOSE whose unsent bytes the network lost',
        async ({ modem, host, peer }) => {
          await host.asks('AT+CCHSEND=0,3', '\r\n> ');
          host.sends('abc');
          await host.hears(OK);
          await host.asks('AT+CCHCLOSE=0', OK);
          await until(() => modem.sessions[0]?.state === 'closing');
          peer.resetAndDestroy();
          await host.hears(line('+CCHCLOSE: 0,0'));
        },
        { faults: { uplink: 0 } },
      ],
      [
        'a reset',
        async ({ modem, host }) => {
          modem.reset();
          await host.finds(/PB DONE\r\n/);
        },
      ],
    ];
    for (const [after, happening, options = {}] of happenings) {
      it(`after ${after}`, async () => {
        const scene = await open('command', options);
        await kept(scene.host);
        await happening(scene);
        await forgotten(scene.host);
      });
    }

    it('in transparent mode after a CLOSED that the host asked for', async () => {
      const scene = await open('transparent', {});
      await carrierLost(scene);
      await kept(scene.host);
      await scene.host.asks('AT+CCHCLOSE=0', OK + line('CLOSED'));
      await forgotten(scene.host);
    });

    it('in transparent mode after CONNECT FAIL, also where the network went meanwhile', async () => {
      const clock = heldTime();
      const { modem, host, port } = await told('transparent', {
        faults: { openDelay: 60_000 },
        registration: [
          [0, 1],
          [300, 0],
        ],
      });
      host.sends(`AT+CCHOPEN=0,"127.0.0.1",${port},1\r`);
      await until(() => modem.sessions[0]?.state === 'opening');
      clock.tick(300);
      await host.hears(line('+CCH: CCH STOP') + line('CONNECT FAIL'));
      await forgotten(host);
    });
  });

  describe('is kept', () => {
    const happenings: [over: string, happening: Happening, options?: VirtualModemOptions][] = [
      ['over a close by the peer', closedByPeer],
      [
        'over the loss of the connection',
        async ({ host, peer }) => {
          peer.resetAndDestroy();
          await host.hears(line('+CCH_RECV_CLOSED: 0,4'));
        },
      ],
      ['over AT+CCHSTOP', ({ host }) => host.asks('AT+CCHSTOP', STOP)],
      ['when the module stops the service', ({ host }) => host.asks('AT+CFUN=0', OK + line('+CCH: CCH STOP'))],
      [
        'by an AT+CCHCLOSE that is refused',
        async (scene) => {
          await closedByPeer(scene);
          await scene.host.asks('AT+CCHCLOSE=0', ERROR);
          await scene.host.asks('AT+CCHCLOSE=0', ERROR);
        },
        { closeAfterPeer: 'error' },
      ],
      ['by an AT+CCHOPEN that is refused', ({ host }) => host.asks('AT+CCHOPEN=0,"127.0.0.1",9,1', ERROR)],
    ];
    for (const [over, happening, options = {}] of happenings) {
      it(over, async () => {
        const scene = await open('command', options);
        await kept(scene.host);
        await happening(scene);
        await kept(scene.host);
      });
    }

    it('over the end of a transparent session that the server closed, and an AT+CCHCLOSE that is refused', async () => {
      const scene = await open('transparent', { closeAfterPeer: 'error' });
      await carrierLost(scene);
      await kept(scene.host);
      await scene.host.asks('AT+CCHCLOSE=0', ERROR);
      await kept(scene.host);
    });

    for (const [end, happening] of [
      ['a close by the peer', closedByPeer],
      [
        'a stop and a start',
        async ({ host }) => {
          await host.asks('AT+CCHSTOP', STOP);
          await host.asks('AT+CCHSTART', START);
        },
      ],
    ] satisfies [string, Happening][]) {
      it(`and gone by at the next open, after ${end}`, async () => {
        const scene = await open('command', {});
        // It needs an authority that is not there: 19 tells it from context 0.
        await configure(scene.host, { authmode: 1 }, 7);
        await happening(scene);
        await scene.host.asks('AT+CCHOPEN=0,"127.0.0.1",9,2', OK + line('+CCHOPEN: 0,19'));
        await scene.host.asks('AT+CCHOPEN=0,"127.0.0.1",9,2', OK + line('+CCHOPEN: 0,14'));
      });
    }
  });
});
