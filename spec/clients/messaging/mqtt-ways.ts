import { connect as connectMqtt, MqttClient, type IClientOptions, type MqttClientEventCallbacks } from 'mqtt';
import { waysOf, type Stage, type Transport, type Way } from './stage.js';
import type { Mode } from '../page.js';

/** A way to the broker, and how MQTT.js takes it. */
export interface MqttWay extends Way {
  readonly transport: Transport;
  /** A client, which connects at once. Its errors are for whoever listens. */
  client(this: void, stage: Stage, options?: IClientOptions): MqttClient;
}

/** The given modes, each as it is, and some of them under a WebSocket; and Node's own sockets. */
export function mqttWaysOf(modes: readonly Mode[], underWebSocket: readonly Mode[] = modes): MqttWay[] {
  return waysOf(modes).flatMap((way) => [
    straight(way),
    ...(way.modem && underWebSocket.includes(way.mode) ? [overWebSocket(way)] : []),
  ]);
}

/** What a client tells with its next such event; an error before it is no failure of the waiting. */
export function told<E extends keyof MqttClientEventCallbacks>(
  client: MqttClient,
  event: E,
): Promise<Parameters<MqttClientEventCallbacks[E]>> {
  return new Promise((resolve) => {
    const tell = (...given: Parameters<MqttClientEventCallbacks[E]>) => resolve(given);
    client.once(event, tell as MqttClientEventCallbacks[E]);
  });
}

const quick: IClientOptions = { reconnectPeriod: 10 };

function straight(way: Way): MqttWay {
  const { mode, connect } = way;
  const client = (stage: Stage, options?: IClientOptions) => {
    const made = new MqttClient(() => connect(stage, { port: stage.port(mode, 'mqtt') }), { ...quick, ...options });
    return made.on('error', () => undefined);
  };
  return { ...way, transport: 'mqtt', client };
}

function overWebSocket(way: Way): MqttWay {
  const { mode } = way;
  const client = (stage: Stage, options?: IClientOptions) => {
    const wsOptions = { agent: stage.agent(mode) };
    return connectMqtt(stage.url(mode, 'web', '/mqtt'), { ...quick, ...options, wsOptions });
  };
  return { ...way, title: `${way.title}, under a WebSocket`, transport: 'web', client };
}
