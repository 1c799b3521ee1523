import { expect } from 'chai';
import { once } from 'node:events';
import { SerialPortStream } from '@serialport/stream';

import type { SerialStatus, VirtualModem } from '../../lib/virtual/index.js';
import { until } from '../support/turn.js';
import { cleanUp, connected, modemAndHost, tcpServer } from './host.js';
import { broke, heldTime } from './scenes.js';
import { called, closePort, modemOnPort, openPort, type SerialHost } from './serial-host.js';

const line = (text: string) => `\r\n${text}\r\n`;
const OK = line('OK');

const status = ({ port }: SerialHost) => called<SerialStatus>((done) => port.get(done));
const setBaudRate = ({ port }: SerialHost, baudRate: number) => called((done) => port.update({ baudRate }, done));

/** Writes a file of the module; what is answered to it is left to hear. Returns how to ask how many bytes have arrived. */
async function upload({ modem, host }: SerialHost & { modem: VirtualModem }, content: Buffer): Promise<() => number> {
  await host.asks(`AT+CCERTDOWN="f.pem",${content.length}`, '\r\n> ');
  const before = modem.statistics.bytesIn;
  host.sends(content);
  return () => modem.statistics.bytesIn - before;
}

describe('virtual modem: serial port', () => {
  afterEach(cleanUp);

  describe('the port', () => {
    it('is listed, opened by its path, and carries commands', async () => {
      const { modem, host } = await modemOnPort();
      const [info] = await modem.binding().list();
      expect(info).to.include({ path: 'virtual', manufacturer: 'SIMCOM INCORPORATED' });
      expect(modem.binding()).to.equal(modem.binding('virtual'));
      await host.asks('AT+CGMI', line('SIMCOM INCORPORATED') + OK);
      const cause = await modem
        .binding()
        .open({ path: '/dev/ttyNone', baudRate: 9600 })
        .catch((error: unknown) => error);
      expect(cause).to.have.property('message', 'Error: No such file or directory, cannot open /dev/ttyNone');
    });

    it('may have another path, and is gone once the modem is closed', async () => {
      const { modem } = modemAndHost();
      const port = await modem.binding('/dev/ttyUSB2').open({ path: '/dev/ttyUSB2', baudRate: 115_200 });
      expect(port.openOptions).to.include({
        path: '/dev/ttyUSB2',
        lock: true,
        rtscts: false,
        hupcl: true,
        dataBits: 8,
      });
      expect(await port.getBaudRate()).to.deep.equal({ baudRate: 115_200 });
      await modem.close();
      expect(await modem.binding('/dev/ttyUSB2').list()).to.deep.equal([]);
    });

    it('is locked, unless neither wants that', async () => {
      const { modem } = await modemOnPort();
      const second = new SerialPortStream({ binding: modem.binding(), path: 'virtual', baudRate: 115_200 });
      const [error] = (await once(second, 'error')) as [Error];
      expect(error.message).to.equal('Error Resource temporarily unavailable Cannot lock port');
      const { host } = await openPort(modem, { lock: false });
      await host.asks('AT', OK);
    });

    it('can be closed while it is read, and opened again', async () => {
      const { modem, port, host } = await modemOnPort();
      await host.asks('AT', OK);
      const errors: unknown[] = [];
      port.on('error', (error) => errors.push(error));
      const closed = once(port, 'close');
      port.close();
      expect(await closed).to.deep.equal([null]);
      expect(errors).to.deep.equal([]);
      const again = await openPort(modem);
      await again.host.asks('AT', OK);
    });

    it('cancels a read and a write that are under way when it is closed', async () => {
      const { modem } = modemAndHost({ faults: { ctsLow: true } });
      const port = await modem.binding().open({ path: 'virtual', baudRate: 115_200, rtscts: true });
      const reading = port.read(Buffer.alloc(10), 0, 10).catch((error: unknown) => error);
      const writing = port.write(Buffer.alloc(10_000)).catch((error: unknown) => error);
      await port.close();
      expect(await reading).to.include({ canceled: true });
      expect(await writing).to.include({ canceled: true });
      expect(port.isOpen).to.equal(false);
      const late = await port.read(Buffer.alloc(10), 0, 10).catch((error: unknown) => error);
      expect(late).to.have.property('message', 'Port is not open');
    });

    it('is lost when it is unplugged', async () => {
      const { modem, port } = await modemOnPort();
      const closed = once(port, 'close');
      port.on('error', () => undefined);
      modem.unplug();
      const [error] = (await closed) as [Error & { disconnected?: boolean }];
      expect(error).to.include({ disconnected: true });
      const { host } = await openPort(modem);
      await host.asks('AT', OK);
    });

    it('throws away what was not read and not sent when it is flushed', async () => {
      const { modem } = modemAndHost({ faults: { ctsLow: true } });
      const port = await modem.binding().open({ path: 'virtual', baudRate: 115_200, rtscts: true });
      await port.write(Buffer.from('AT+CGMI\r'));
      modem.inject('RING');
      await port.flush();
      modem.faults.ctsLow = undefined;
      await port.write(Buffer.from('AT\r'));
      await port.drain();
      const buffer = Buffer.alloc(100);
      let heard = '';
      while (!heard.includes('OK')) {
        const { bytesRead } = await port.read(buffer, 0, 100);
        heard += buffer.toString('latin1', 0, bytesRead);
      }
      expect(heard.trim()).to.equal('OK');
    });

    it('carries every byte value, both ways, paced as the line is', async () => {
      const { modem, host: first, peer } = await connected({ baudRate: 460_800 });
      first.stream.destroy();
      const { host } = await openPort(modem, { baudRate: 460_800 });
      const all = Buffer.from(Array.from({ length: 2048 }, (_, index) => index % 256));
      const before = performance.now();
      await host.asks('AT+CCHSEND=0,2048', '\r\n> ');
      host.sends(all);
      await host.hears(OK);
      // 2048 bytes take 44 ms; with no pace they take none.
      expect(performance.now() - before).to.be.above(40);
      const [received] = (await once(peer, 'data')) as [Buffer];
      expect(received.equals(all)).to.equal(true);
      peer.write(all);
      await host.finds(/RECV EVENT\r\n/);
      await until(() => modem.sessions[0]?.cached === 2048);
      host.sends('AT+CCHRECV=0\r');
      await host.finds(/DATA,0,2048\r\n/);
      expect((await host.takes(2048)).equals(all)).to.equal(true);
    });
  });

  describe('speed', () => {
    it('must be the same at both ends; another one is noise, the same each time', async () => {
      const runs: Buffer[] = [];
      for (let run = 0; run < 2; run++) {
        const serial = await modemOnPort({ seed: 3 }, { baudRate: 9600 });
        const { modem, host } = serial;
        host.sends('AT\rAT\r');
        await host.hearsNothing();
        modem.inject('RING');
        runs.push(await host.takes(8));
        await setBaudRate(serial, 115_200);
        // The noise stands before the first command, for which nobody can be blamed.
        await host.asks('AT', line('ERROR'));
        await host.asks('AT', OK);
        expect(modem.log.map(({ text }) => text)).to.include('<damaged command line of 8 bytes>');
        broke(modem);
      }
      expect(runs[0]).to.deep.equal(runs[1]);
      expect([...(runs[0] ?? [])].every((byte) => byte >= 0x80)).to.equal(true);
    });

    it('does not matter to cables that have none', async () => {
      const { host } = modemAndHost();
      await host.asks('AT+IPR=9600', OK);
      await host.asks('AT+IPR?', line('+IPR: 9600') + OK);
    });

    it('changes behind the OK of AT+IPR, until a reset', async () => {
      const serial = await modemOnPort({ bootTime: 10 });
      const { modem, host } = serial;
      await host.asks('AT+IPR?', line('+IPR: 115200') + OK);
      await host.asks('AT+IPR=921600', OK);
      await setBaudRate(serial, 921_600);
      await host.asks('AT+IPR?', line('+IPR: 921600') + OK);
      await host.asks('AT+IPREX?', line('+IPREX: 115200') + OK);
      modem.reset();
      await setBaudRate(serial, 115_200);
      await host.finds(/PB DONE\r\n/);
      await host.asks('AT', OK);
    });

    it('changes by AT+IPREX for good', async () => {
      const serial = await modemOnPort();
      const { modem, host } = serial;
      await host.asks('AT+IPREX=9600', OK);
      await setBaudRate(serial, 9600);
      await host.asks('AT', OK);
      modem.reset();
      await host.finds(/PB DONE\r\n/);
      await host.asks('AT+IPR?', line('+IPR: 9600') + OK);
    });

    it('tells those that it takes, and takes no other', async () => {
      const { modem, host } = modemAndHost();
      host.sends('AT+IPR=?\r');
      await host.finds(/\+IPR: \(300,.*,115200,230400,460800,921600,3000000,.*\)\r\n\r\nOK\r\n/);
      await host.asks('AT+IPR=123456', line('ERROR'));
      broke(modem, ['refused-parameters', 'AT+IPR=123456']);
    });

    it('is what a paced line is paced by', async () => {
      const serial = await modemOnPort({ baudRate: 115_200 });
      await serial.host.asks('AT+IPR=9600', OK);
      await setBaudRate(serial, 9600);
      const before = performance.now();
      await serial.host.asks('AT+CGMM', line('SIMCOM_VIRTUAL') + OK);
      // 32 bytes, which take 33 ms; at 115,200 they would take 3.
      expect(performance.now() - before).to.be.above(20);
    });
  });

  describe('control lines', () => {
    it('shows CTS, DSR and DCD', async () => {
      const serial = await modemOnPort();
      expect(await status(serial)).to.deep.equal({ cts: true, dsr: true, dcd: false });
      await serial.host.asks('AT&C0', OK);
      expect(await status(serial)).to.include({ dcd: true });
    });

    it('has the host wait while the module takes nothing', async () => {
      const { modem, host: first } = await connected({ sendBuffer: 100, fullBuffer: 'wait', faults: { uplink: 0 } });
      await first.asks('AT+IFC=2,2', OK);
      await first.asks('AT+CCHSEND=0,100', '\r\n> ');
      first.sends('x'.repeat(100));
      await first.hears(OK);
      first.stream.destroy();
      const serial = await openPort(modem, { rtscts: true });
      serial.host.sends('AT+CCHSEND=0,100\r');
      await serial.host.hearsNothing();
      // The prompt does not come, and the module's buffer is full of what comes all the same.
      serial.host.sends(Buffer.alloc(40_000, '\r'));
      await until(() => modem.statistics.bytesIn > 16_000);
      await serial.host.hearsNothing();
      expect(modem.statistics.bytesIn).to.be.below(20_000);
      expect(await status(serial)).to.include({ cts: false });
    });

    it('stops the module while RTS is low, after AT+IFC=2,2 only', async () => {
      const serial = await modemOnPort();
      const { modem, port, host } = serial;
      const setRts = (rts: boolean) => called((done) => port.set({ rts }, done));
      await setRts(false);
      await host.asks('AT', OK);
      await setRts(true);
      await host.asks('AT+IFC=2,2', OK);
      await setRts(false);
      modem.inject('RING');
      await host.hearsNothing();
      await setRts(true);
      await host.hears(line('RING'));
    });

    for (const [setting, what] of [
      ['0,0', 'does not wait for a host that is full, and what it says is lost'],
      ['2,2', 'waits for a host that is full'],
    ] as const) {
      it(`after AT+IFC=${setting} it ${what}`, async () => {
        const { modem, host } = modemAndHost();
        await host.asks(`AT+IFC=${setting}`, OK);
        host.stream.destroy();
        const port = await modem.binding().open({ path: 'virtual', baudRate: 115_200, rtscts: true });
        const before = modem.statistics.bytesOut;
        for (let lines = 0; lines < 100; lines++) modem.inject('x'.repeat(1000));
        const said = modem.statistics.bytesOut - before;
        if (setting === '0,0') expect(said).to.equal(100 * 1004);
        else expect(said).to.be.within(64 * 1024, 66 * 1024);
        let heard = 0;
        const buffer = Buffer.alloc(200_000);
        const least = setting === '0,0' ? 64 * 1024 : 100 * 1004;
        while (heard < least) heard += (await port.read(buffer, 0, buffer.length)).bytesRead;
        if (setting === '0,0') expect(heard).to.be.below(66 * 1024);
        else expect(heard).to.equal(100 * 1004);
        await port.close();
      });
    }

    it('ctsLow: the host sees CTS low, and one that minds it sends nothing', async () => {
      const serial = await modemOnPort({ faults: { ctsLow: true } }, { rtscts: true });
      const { modem, port, host } = serial;
      expect(await status(serial)).to.include({ cts: false });
      host.sends('AT\r');
      await host.hearsNothing();
      modem.faults.ctsLow = undefined;
      await host.hears(OK);
      modem.faults.ctsLow = true;
      host.sends('AT\r');
      await closePort(port);
      const { host: other } = await openPort(modem);
      await other.asks('AT', OK);
      expect(modem.statistics.commands).to.equal(2);
    });
  });

  describe('DTR', () => {
    const commands = (modem: VirtualModem) => modem.log.filter(({ text }) => text === 'reset').length;

    it('resetOnDtrDrop: resets the module when the port is closed', async () => {
      const { modem, port } = await modemOnPort({ faults: { resetOnDtrDrop: true } });
      await closePort(port);
      expect(commands(modem)).to.equal(1);
    });

    it('resetOnDtrDrop: and when it is set low, once', async () => {
      const { modem, port } = await modemOnPort({ faults: { resetOnDtrDrop: true } });
      const drop = () => called((done) => port.set({ dtr: false }, done));
      await drop();
      await drop();
      expect(commands(modem)).to.equal(1);
      await closePort(port);
      expect(commands(modem)).to.equal(1);
    });

    for (const [what, opening, before] of [
      ['hupcl is false', { hupcl: false }, 'AT'],
      ['the module was told AT&D0', {}, 'AT&D0'],
    ] as const) {
      it(`resetOnDtrDrop: does nothing where ${what}`, async () => {
        const { modem, port, host } = await modemOnPort({ faults: { resetOnDtrDrop: true } }, opening);
        await host.asks(before, OK);
        await closePort(port);
        expect(commands(modem)).to.equal(0);
      });
    }

    it('resetOnDtrDrop: does nothing where the cable is gone', async () => {
      const { modem, port } = await modemOnPort({ faults: { resetOnDtrDrop: true } });
      port.on('error', () => undefined);
      const closed = once(port, 'close');
      modem.unplug();
      await closed;
      expect(commands(modem)).to.equal(0);
    });

    for (const [command, left] of [
      ['AT&D0', 'data mode'],
      ['AT&D1', 'the session'],
      ['AT&D2', 'nothing'],
    ] as const) {
      it(`leaves ${left} of a transparent session after ${command}`, async () => {
        const { modem, port, host, peer } = await transparentOnPort(command);
        const closed = once(peer, 'end').then(() => 'closed');
        await closePort(port);
        const next = await openPort(modem);
        if (left === 'data mode') {
          peer.write('from the server');
          await next.host.hears('from the server');
          expect(await status(next)).to.include({ dcd: true });
          return;
        }
        expect(await status(next)).to.include({ dcd: false });
        await next.host.asks('AT', OK);
        if (left === 'the session') await next.host.asks('ATO', line('CONNECT 115200'));
        else await next.host.asks('ATO', line('NO CARRIER'));
        if (left === 'nothing') {
          peer.resume();
          expect(await closed).to.equal('closed');
        }
        expect(host.heard.length).to.equal(0);
      });
    }
  });

  describe('without flow control', () => {
    const content = Buffer.from(Array.from({ length: 8000 }, (_, index) => index % 251));

    it('dropsWithoutFlowControl: an upload at a high speed comes up short, the same each time', async () => {
      heldTime();
      const counts: number[] = [];
      for (let run = 0; run < 2; run++) {
        const serial = await modemOnPort({ seed: 9, faults: { dropsWithoutFlowControl: 500 } });
        await serial.host.asks('AT+IPR=921600', OK);
        await setBaudRate(serial, 921_600);
        const arrived = await upload(serial, content);
        await called((done) => serial.port.drain(done));
        await serial.host.hearsNothing();
        counts.push(arrived());
        expect(serial.modem.files.size).to.equal(0);
        broke(serial.modem);
      }
      expect(counts[0]).to.be.within(7900, 7999);
      expect(counts[1]).to.equal(counts[0]);
    });

    for (const [what, speed, opening, flow] of [
      ['at a speed that the module keeps up with', 230_400, {}, '0,0'],
      ['with flow control', 921_600, { rtscts: true }, '2,2'],
    ] as const) {
      it(`dropsWithoutFlowControl: loses nothing ${what}`, async () => {
        const options = { baudRate: speed, faults: { dropsWithoutFlowControl: 50 } };
        const serial = await modemOnPort(options, { baudRate: speed, ...opening });
        await serial.host.asks(`AT+IFC=${flow}`, OK);
        await upload(serial, content);
        await serial.host.hears(OK);
        expect(serial.modem.files.get('f.pem')?.equals(content)).to.equal(true);
      });
    }

    it('dropsWithoutFlowControl: loses nothing of what comes in small pieces with pauses', async () => {
      const clock = heldTime();
      const options = { faults: { dropsWithoutFlowControl: 2 } };
      const serial = await modemOnPort(options);
      await serial.host.asks('AT+IPR=921600', OK);
      await setBaudRate(serial, 921_600);
      await serial.host.asks(`AT+CCERTDOWN="f.pem",${content.length}`, '\r\n> ');
      clock.tick(10);
      const before = serial.modem.statistics.bytesIn;
      for (let sent = 0; sent < content.length; sent += 1000) {
        serial.host.sends(content.subarray(sent, sent + 1000));
        await until(() => serial.modem.statistics.bytesIn === before + sent + 1000);
        clock.tick(10);
      }
      await serial.host.hears(OK);
      expect(serial.modem.files.get('f.pem')?.equals(content)).to.equal(true);
    });

    it('loses what a program does not read for long', async () => {
      const { modem } = modemAndHost();
      const port = await modem.binding().open({ path: 'virtual', baudRate: 115_200 });
      for (let lines = 0; lines < 100; lines++) modem.inject('x'.repeat(1000));
      const buffer = Buffer.alloc(200_000);
      const { bytesRead } = await port.read(buffer, 0, buffer.length);
      expect(bytesRead).to.be.within(64 * 1024, 66 * 1024);
    });
  });
});

/** A transparent session in data mode, on a serial port. */
async function transparentOnPort(command: string) {
  const server = await tcpServer();
  const serial = await modemOnPort();
  const { host } = serial;
  await host.asks('AT+CCHMODE=1', OK);
  await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 0'));
  await host.asks(command, OK);
  await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${server.port},1`, line('CONNECT 115200'));
  return { ...serial, peer: await server.peer() };
}
