import { once } from 'node:events';
import { expect } from 'chai';
import { connect as connectMqtt, MqttClient, type IClientOptions } from 'mqtt';
import type { Client } from 'aedes';
import { until } from '../../support/turn.js';
import { pattern } from '../http/stage.js';
import { readPage, workingModes } from '../page.js';
import { mqttWaysOf, told } from './mqtt-ways.js';
import { Stage } from './stage.js';

const levels = [0, 1, 2] as const;

for (const { title, client: clientOf, modem } of mqttWaysOf(workingModes(readPage('mqtt')))) {
  describe(`MQTT.js, ${title}`, () => {
    let stage: Stage;
    let clients: MqttClient[];

    beforeEach(async () => {
      stage = await Stage.open();
      clients = [];
    });

    afterEach(async () => {
      for (const client of clients) client.end(true);
      await stage.close();
    });

    const make = (options?: IClientOptions) => {
      const client = clientOf(stage, options);
      clients.push(client);
      return client;
    };
    const connected = async (options?: IClientOptions) => {
      const client = make(options);
      await told(client, 'connect');
      return client;
    };
    /** The next so many messages. */
    const hear = (client: MqttClient, count: number) =>
      new Promise<(readonly [string, Buffer, number])[]>((resolve) => {
        const heard: (readonly [string, Buffer, number])[] = [];
        client.on('message', (topic, payload, { qos }) => {
          if (heard.push([topic, payload, qos]) === count) resolve(heard);
        });
      });
    const gone = async () => ((await once(stage.broker, 'clientDisconnect')) as [Client])[0];

    for (const qos of levels) {
      it(`publishes and hears with QoS ${qos}: each message once`, async () => {
        const client = await connected();
        await client.subscribeAsync('echo/#', { qos });
        const payloads = [
          Buffer.alloc(0),
          Buffer.from('OK\r\n+CCHRECV: 0,0\r\n> '),
          Buffer.from([0, 255, 13, 10]),
          pattern(40_000),
          ...Array.from({ length: 30 }, (_, index) => Buffer.from(`number ${index}`)),
        ];
        const heard = hear(client, payloads.length);
        await Promise.all(payloads.map((payload, index) => client.publishAsync(`echo/${index}`, payload, { qos })));
        // In the order of their topics: the broker hands them on in an order of its own.
        const all = new Map((await heard).map(([topic, payload, level]) => [topic, { payload, level }]));
        for (const [index, expected] of payloads.entries()) {
          const { payload, level } = all.get(`echo/${index}`) ?? {};
          expect(level).to.equal(qos);
          expect(payload?.equals(expected)).to.equal(true);
        }
        expect(stage.arrived.map(({ topic }) => topic)).to.deep.equal(payloads.map((_, index) => `echo/${index}`));
        // The broker tells of it when it has handed it on.
        await until(() => stage.published.length >= payloads.length);
        expect(stage.published).to.have.length(payloads.length);
      });
    }

    it('hears what was kept for whoever comes', async () => {
      const first = await connected();
      await first.publishAsync('state', 'on', { qos: 1, retain: true });
      await first.endAsync();
      const second = make();
      const heard = hear(second, 1);
      await second.subscribeAsync('state', { qos: 1 });
      expect((await heard).map(([topic, payload]) => `${topic} ${String(payload)}`)).to.deep.equal(['state on']);
    });

    it('hears, with a session that is kept, what was published while it was away', async () => {
      const options = { clientId: 'device', clean: false };
      const first = await connected(options);
      await first.subscribeAsync('commands', { qos: 1 });
      await first.endAsync();
      for (const payload of ['1', '2', '3']) {
        const packet = { cmd: 'publish', topic: 'commands', payload, qos: 1, retain: false, dup: false } as const;
        await new Promise<void>((resolve) => stage.broker.publish(packet, () => resolve()));
      }
      const second = make(options);
      expect((await hear(second, 3)).map(([, payload]) => String(payload))).to.deep.equal(['1', '2', '3']);
    });

    it('ends cleanly: what was published has arrived, no last will, and the session is free', async () => {
      const will = { topic: 'wills', payload: Buffer.from('gone'), qos: 1, retain: false } as const;
      const client = await connected({ will });
      const disconnected = gone();
      void client.publishAsync('last', 'word', { qos: 2 });
      const closed = told(client, 'close');
      await client.endAsync();
      await Promise.all([closed, disconnected]);
      expect(stage.published).to.deep.equal([{ topic: 'last', payload: 'word', qos: 2 }]);
      expect(client.connected).to.equal(false);
      await until(() => stage.idle);
    });

    it('leaves its last will when it ends without a word', async () => {
      const will = { topic: 'wills', payload: Buffer.from('gone'), qos: 1, retain: false } as const;
      const client = await connected({ will });
      const disconnected = gone();
      await client.endAsync(true);
      await disconnected;
      await until(() => stage.published.length > 0);
      expect(stage.published).to.deep.equal([{ topic: 'wills', payload: 'gone', qos: 1 }]);
      await until(() => stage.idle);
    });

    it('ends while it connects, by force: nothing stays open', async () => {
      if (modem) stage.rig.virtual.faults.openDelay = 60_000;
      const client = make();
      const events: string[] = [];
      for (const event of ['connect', 'offline', 'reconnect', 'end'] as const)
        client.on(event, () => events.push(event));
      if (modem) await until(() => stage.opens > 0);
      await client.endAsync(true);
      await until(() => stage.idle);
      expect(client.stream.destroyed).to.equal(true);
      expect(events).to.deep.equal(['end']);
      expect(stage.opens).to.equal(modem ? 1 : 0);
    });

    it('ends while it connects, but not by force: the connection stands behind its back', async () => {
      const client = make();
      const events: string[] = [];
      for (const event of ['connect', 'end'] as const) client.on(event, () => events.push(event));
      await client.endAsync();
      await once(stage.broker, 'clientReady');
      await until(() => events.length === 2);
      expect(events).to.deep.equal(['end', 'connect']);
      expect(client.stream.destroyed).to.equal(false);
      client.stream.destroy();
      await until(() => stage.idle);
    });
  });
}

describe('MQTT.js, what its page says of it', () => {
  it('has the defaults that are named there', async () => {
    const stage = await Stage.open();
    const connect = () => stage.rig.modem.connect({ host: 'server.test', port: stage.port(false, 'mqtt'), tls: false });
    const client = new MqttClient(connect, {});
    expect(client.options).to.include({ connectTimeout: 30_000, reconnectPeriod: 1000, keepalive: 60 });
    client.end(true);
    await stage.close();
  });

  it('has nobody listen for errors when it is made with a transport', async () => {
    const stage = await Stage.open();
    const connect = () => stage.rig.modem.connect({ host: 'server.test', port: stage.port(false, 'mqtt'), tls: false });
    const listeners = [
      new MqttClient(connect, {}),
      connectMqtt(stage.url(false, 'web', '/mqtt'), { wsOptions: { agent: stage.agent(false) } }),
    ].map((client) => {
      client.end(true);
      return client.listenerCount('error');
    });
    expect(listeners).to.deep.equal([0, 1]);
    await stage.close();
  });
});
