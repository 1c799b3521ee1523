import { expect } from 'chai';
import { MqttClient } from 'mqtt';
import WebSocket, { type ClientOptions } from 'ws';
import { FastTime } from '../../support/fast-time.js';
import { until } from '../../support/turn.js';
import { readPage, titleOf, workingModes } from '../page.js';
import { intervalsByTimeouts } from './intervals.js';
import { told } from './mqtt-ways.js';
import { Stage } from './stage.js';

for (const mode of workingModes(readPage('ws'))) {
  describe(`times of ws, ${titleOf(mode)}`, () => {
    let stage: Stage;
    let time: FastTime;

    beforeEach(async () => {
      stage = await Stage.open();
      time = new FastTime();
    });

    afterEach(async () => {
      time.restore();
      await stage.close();
    });

    const make = (path: string, options: ClientOptions = {}) =>
      new WebSocket(stage.url(mode, 'web', path), { agent: stage.agent(mode), ...options });
    /** The code of the error that it ends with, and ms until it does. */
    const end = async (socket: WebSocket) => {
      const begun = time.elapsed;
      let code: string | undefined;
      socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code));
      await time.until(new Promise<void>((resolve) => socket.once('close', () => resolve())));
      return { code, after: time.elapsed - begun };
    };

    it('are none for a server that accepts and never answers', async () => {
      const socket = make('/silent');
      socket.on('error', () => undefined);
      // Longer than a connection may take.
      await time.passes(200_000);
      expect(socket.readyState).to.equal(WebSocket.CONNECTING);
      socket.terminate();
    });

    it('leave it to this package how long a module may take', async () => {
      stage.rig.virtual.faults.openDelay = 200_000;
      const { code, after } = await end(make('/'));
      expect(code).to.equal('ETIMEDOUT');
      expect(after).to.be.within(120_000, 151_000);
    });

    it('give a goodbye that is not answered 30 s, by default', async () => {
      const peering = stage.peer();
      const socket = make('/');
      const peer = await time.until(peering);
      await until(() => socket.readyState === WebSocket.OPEN);
      peer.pause();
      socket.close(1000);
      const { after } = await end(socket);
      expect(after).to.be.within(29_000, 31_000);
      await time.passes(1000);
      expect(stage.idle).to.equal(true);
    });
  });
}

for (const mode of workingModes(readPage('mqtt'))) {
  describe(`times of MQTT.js, ${titleOf(mode)}`, () => {
    let stage: Stage;
    let time: FastTime;
    let restoreIntervals: () => void;
    let client: MqttClient;

    beforeEach(async () => {
      stage = await Stage.open();
      time = new FastTime();
      restoreIntervals = intervalsByTimeouts();
      const port = stage.port(mode, 'mqtt');
      const connect = () => stage.rig.modem.connect({ host: 'server.test', port, ...stage.options(mode) });
      client = new MqttClient(connect, {});
      await time.until(told(client, 'connect'));
    });

    afterEach(async () => {
      client.end(true);
      restoreIntervals();
      time.restore();
      await stage.close();
    });

    it('have it ping once a minute, by default', async () => {
      let pings = 0;
      stage.broker.on('ping', () => pings++);
      await time.passes(305_000);
      expect(pings).to.equal(5);
      expect(client.connected).to.equal(true);
      expect(stage.opens).to.equal(1);
    });

    it('have it notice within 90 s that nothing arrives any more, and connect again', async () => {
      const begun = time.elapsed;
      stage.rig.virtual.faults.uplink = 0;
      const [error] = await time.until(told(client, 'error'));
      expect(error.message).to.equal('Keepalive timeout');
      expect(time.elapsed - begun).to.be.within(60_000, 91_000);
      stage.rig.virtual.faults.uplink = undefined;
      await time.until(told(client, 'connect'));
      expect(client.connected).to.equal(true);
    });
  });
}
