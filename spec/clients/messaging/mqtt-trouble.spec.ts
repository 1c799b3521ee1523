import { once } from 'node:events';
import type { AuthorizePublishHandler } from 'aedes';
import { expect } from 'chai';
import type { IClientOptions, MqttClient } from 'mqtt';
import { until } from '../../support/turn.js';
import { readPage, workingModes } from '../page.js';
import { mqttWaysOf, told } from './mqtt-ways.js';
import { Stage } from './stage.js';

const KEPT: IClientOptions = { clientId: 'device', clean: false };
const COUNT = 20;
const numbers = Array.from({ length: COUNT }, (_, index) => String(index));

/** What a client tells of its connection, in order. */
function traceOf(client: MqttClient): string[] {
  const trace: string[] = [];
  for (const event of ['connect', 'close', 'offline', 'reconnect', 'end'] as const) {
    client.on(event, () => trace.push(event));
  }
  return trace;
}

const ways = mqttWaysOf(workingModes(readPage('mqtt')), ['modem']);

for (const { title, client: clientOf, modem, mode, transport } of ways) {
  describe(`MQTT.js in trouble, ${title}`, () => {
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
    const drop = () => stage.brokerSockets.at(-1)?.destroy();
    /** A command for the device reaches it. */
    const hears = async (client: MqttClient, payload: string) => {
      const heard = told(client, 'message');
      const packet = { cmd: 'publish', topic: 'commands', payload, qos: 1, retain: false, dup: false } as const;
      stage.broker.publish(packet, () => undefined);
      const [topic, message] = await heard;
      expect([topic, String(message)]).to.deep.equal(['commands', payload]);
    };

    const troubles: [string, () => unknown][] = [
      ['the server drops the connection', drop],
      ['the server ends it', () => stage.brokerSockets.at(-1)?.end()],
    ];
    if (modem) {
      troubles.push(
        ['the module restarts', () => stage.rig.virtual.reset()],
        ['the module loses the connection', () => stage.rig.virtual.inject('+CCH_RECV_CLOSED: 0,4')],
        ['the module stops its service', () => stage.rig.virtual.inject('+CCH: CCH STOP')],
      );
    }
    for (const [what, happens] of troubles) {
      it(`connects again when ${what}, and hears what it had subscribed to`, async () => {
        const client = make();
        const trace = traceOf(client);
        await told(client, 'connect');
        await client.subscribeAsync('commands', { qos: 1 });
        await hears(client, 'before');
        const again = told(client, 'connect');
        const subscribed = once(stage.broker, 'subscribe');
        happens();
        await again;
        await subscribed;
        await hears(client, 'after');
        expect(trace).to.deep.equal(['connect', 'offline', 'close', 'reconnect', 'connect']);
        await client.endAsync();
      });
    }

    for (const qos of [0, 1, 2] as const) {
      it(`delivers, in order and once, what was published with QoS ${qos} while it was away`, async () => {
        const client = await connected(KEPT);
        const again = told(client, 'connect');
        const away = told(client, 'close');
        drop();
        await away;
        const accepted = numbers.map((number) => client.publishAsync('away', number, { qos }));
        await again;
        await Promise.all(accepted);
        await until(() => stage.published.length === COUNT);
        expect(stage.arrived.map(({ payload }) => payload)).to.deep.equal(numbers);
        await client.endAsync();
      });
    }

    /** Has the connection break at a message, before the broker takes it or when nobody else knows that it has. */
    const breakAt = (at: string, when: 'before' | 'after') => {
      const accept: AuthorizePublishHandler = stage.broker.authorizePublish;
      let broken = false;
      stage.broker.authorizePublish = (client, packet, done) => {
        if (broken || String(packet.payload) !== at || !client) return accept(client, packet, done);
        broken = true;
        // Nothing is told any more.
        Object.assign(client.conn, { write: () => true });
        accept(client, packet, when === 'before' ? () => client.conn.destroy() : done);
        stage.broker.on('publish', ({ payload }) => {
          if (String(payload) === at) setImmediate(() => client.conn.destroy());
        });
      };
    };

    for (const when of ['before', 'after'] as const) {
      it(`delivers with QoS 1 at least once what was not acknowledged: lost ${when} it was taken`, async () => {
        breakAt('7', when);
        const client = await connected(KEPT);
        await Promise.all(numbers.map((number) => client.publishAsync('n', number, { qos: 1 })));
        await until(() => new Set(stage.published.map(({ payload }) => payload)).size === COUNT);
        const times = new Map<string, number>();
        for (const { payload } of stage.arrived) times.set(payload, (times.get(payload) ?? 0) + 1);
        expect([...times.keys()]).to.deep.equal(numbers);
        expect(times.get('7')).to.equal(2);
        await client.endAsync();
      });

      it(`delivers with QoS 2 exactly once: lost ${when} it was taken`, async () => {
        breakAt('7', when);
        const client = await connected(KEPT);
        await Promise.all(numbers.map((number) => client.publishAsync('n', number, { qos: 2 })));
        await until(() => stage.published.length >= COUNT);
        expect(stage.published.map(({ payload }) => payload)).to.have.members(numbers);
        expect(stage.arrived.filter(({ payload }) => payload === '7').length).to.equal(2);
        await client.endAsync();
      });
    }

    it('tries until the server is there, and sends what was asked for meanwhile', async () => {
      stage.leave(mode, transport);
      const client = make(KEPT);
      const codes: unknown[] = [];
      client.on('error', (error) => codes.push('code' in error ? error.code : error.message));
      const published = numbers.map((number) => client.publishAsync('away', number, { qos: 1 }));
      await until(() => codes.length > 2);
      await stage.comeBack(mode, transport);
      await Promise.all(published);
      expect(stage.arrived.map(({ payload }) => payload)).to.deep.equal(numbers);
      expect(new Set(codes)).to.deep.equal(new Set(['ECONNREFUSED']));
      await client.endAsync();
    });
  });
}
