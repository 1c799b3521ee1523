import { expect } from 'chai';
import { once } from 'node:events';
import net from 'node:net';
import { SerialPort } from 'serialport';

import type { VirtualModem } from '../../lib/virtual/index.js';
import { until } from '../support/turn.js';
import { Host, afterwards, cleanUp, connected, modemAndHost, tcpServer } from './host.js';
import { broke } from './scenes.js';
import { openPort } from './serial-host.js';

const line = (text: string) => `\r\n${text}\r\n`;
const OK = line('OK');

/** A host program that can be killed: its cable goes, at whatever point of the dialogue. */
interface Program {
  readonly host: Host;
  readonly kill: () => Promise<void>;
}

/** How a program comes by its line. */
type Cable = (modem: VirtualModem) => Promise<Program>;

async function killed(stream: net.Socket): Promise<void> {
  const gone = once(stream, 'close');
  stream.resetAndDestroy();
  await gone;
}

/** One serial server or PTY for all the programs of a modem. */
const lines = new WeakMap<VirtualModem, Promise<{ port: number } | { path: string }>>();

const cables: Record<string, Cable> = {
  attach: (modem) => {
    const stream = modem.attach();
    const kill = async () => {
      stream.destroy();
      await once(stream, 'close');
    };
    return Promise.resolve({ host: new Host(stream), kill });
  },
  listen: async (modem) => {
    const server = lines.get(modem) ?? modem.listen({ port: 0 });
    lines.set(modem, server);
    const socket = net.connect((await server) as { port: number }, undefined);
    await once(socket, 'connect');
    return { host: new Host(socket), kill: () => killed(socket) };
  },
  binding: async (modem) => {
    const { port, host } = await openPort(modem, { hupcl: false });
    const kill = async () => {
      const gone = once(port, 'close');
      port.close();
      await gone;
    };
    return { host, kill };
  },
};
if (process.env['MODEM_TLS_NO_PTY'] !== '1') {
  cables['PTY'] = async (modem) => {
    const pty = lines.get(modem) ?? modem.openPty();
    lines.set(modem, pty);
    const { path } = (await pty) as { path: string };
    const port = new SerialPort({ path, baudRate: 115_200 });
    const host = new Host(port);
    await once(port, 'open');
    const kill = async () => {
      const gone = once(port, 'close');
      port.close();
      await gone;
    };
    afterwards(() => (port.isOpen ? kill() : undefined));
    return { host, kill };
  };
}

/** A modem that nobody uses. */
function alone(): VirtualModem {
  const { modem, host } = modemAndHost();
  host.stream.destroy();
  return modem;
}

/** A program writes part of what it has to, and is killed once that has arrived. */
async function dieAfter(modem: VirtualModem, { host, kill }: Program, bytes: string): Promise<void> {
  const before = modem.statistics.bytesIn;
  host.sends(bytes);
  await until(() => modem.statistics.bytesIn === before + bytes.length);
  await kill();
}

describe('virtual modem: what a killed program leaves behind', () => {
  afterEach(cleanUp);

  for (const [name, connect] of Object.entries(cables)) {
    describe(`over ${name}`, () => {
      it('a module that waits for the bytes of a certificate, which end up under its name', async () => {
        const modem = alone();
        const first = await connect(modem);
        await first.host.asks('AT+CCERTDOWN="ca.pem",10240', '\r\n> ');
        await dieAfter(modem, first, '-----BEGIN');
        const { host } = await connect(modem);
        host.sends('AT\r');
        await host.hearsNothing();
        host.sends('\r'.repeat(10_240 - 13));
        await host.hears(OK);
        await host.asks('AT', OK);
        expect(modem.files.get('ca.pem')?.toString()).to.equal(`-----BEGINAT${'\r'.repeat(10_228)}`);
        broke(modem);
      });

      it('a module that waits for the bytes of a send, which go to the server', async () => {
        const { modem, host: unused, peer } = await connected();
        unused.stream.destroy();
        const first = await connect(modem);
        await first.host.asks('AT+CCHSEND=0,2048', '\r\n> ');
        await dieAfter(modem, first, 'GET /');
        const { host } = await connect(modem);
        host.sends('\r'.repeat(2043));
        await host.hears(OK);
        const received: Buffer[] = [];
        for await (const chunk of peer) {
          received.push(chunk as Buffer);
          if (Buffer.concat(received).length === 2048) break;
        }
        expect(Buffer.concat(received).toString()).to.equal(`GET /${'\r'.repeat(2043)}`);
        broke(modem);
      });

      it('data mode', async () => {
        const { port, peer } = await tcpServer();
        const modem = alone();
        const first = await connect(modem);
        await first.host.asks('AT+CCHMODE=1', OK);
        await first.host.asks('AT+CCHSTART', OK + line('+CCHSTART: 0'));
        await first.host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, line('CONNECT 115200'));
        const server = await peer();
        await first.kill();
        const { host } = await connect(modem);
        host.sends('AT\r');
        const [data] = (await once(server, 'data')) as [Buffer];
        expect(data.toString()).to.equal('AT\r');
        server.write('no answer');
        await host.hears('no answer');
      });

      it('echo, and results as numbers', async () => {
        const modem = alone();
        const first = await connect(modem);
        await first.host.asks('ATE1', OK);
        await first.host.asks('ATV0', 'ATV0\r0\r');
        await first.kill();
        const { host } = await connect(modem);
        await host.asks('AT', 'AT\r0\r');
        await host.asks('ATE0V1', 'ATE0V1\r\r\nOK\r\n');
      });

      it('half a command, for which the next program cannot be blamed', async () => {
        const modem = alone();
        const first = await connect(modem);
        await dieAfter(modem, first, 'AT+CGD');
        const { host } = await connect(modem);
        await host.asks('AT', line('ERROR'));
        await host.asks('AT', OK);
        // Who opens a PTY the module cannot see.
        if (name === 'PTY') broke(modem, ['unknown-command', 'AT+CGDAT']);
        else broke(modem);
      });
    });
  }

  it('another speed, which the next program has to find', async () => {
    const modem = alone();
    const first = await openPort(modem, { hupcl: false });
    await first.host.asks('AT+IPR=460800', OK);
    first.port.close();
    await once(first.port, 'close');
    const { port, host } = await openPort(modem);
    host.sends('AT\r');
    await host.hearsNothing();
    await new Promise<void>((resolve) => port.update({ baudRate: 460_800 }, () => resolve()));
    await host.asks('AT', line('ERROR'));
    await host.asks('AT', OK);
    broke(modem);
  });
});
