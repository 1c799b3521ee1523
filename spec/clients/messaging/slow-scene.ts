import type { Agent } from 'node:https';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Duplex } from 'node:stream';
import { Aedes } from 'aedes';
import { MqttClient, type IClientOptions } from 'mqtt';
import { FastTime } from '../../support/fast-time.js';
import { LineFilter } from '../../support/line-filter.js';
import { Rig, certificates, request } from '../../support/rig.js';
import { intervalsByTimeouts } from './intervals.js';

/** Ms between two requests over HTTPS. */
const PERIOD = 20_000;

/** What a module does with an `AT+CCHCLOSE` of a session that it is opening. */
export type Manner = 'gives an open up' | 'finishes what it opens';

export interface SceneOptions {
  readonly manner?: Manner;
  /** Whether one session is kept for short requests. */
  readonly reserved?: boolean;
  /** Sockets that the agent of the requests may have; as many as the module has sessions by default. */
  readonly maxTotalSockets?: number | undefined;
}

/** Answers `ERROR` to the close of what is being opened, which the module does not hear of. */
function stubborn(port: Duplex): LineFilter {
  const opening = new Set<string>();
  const line = new LineFilter(port, {
    toModem: (chunk) => {
      const [, command, id = ''] = /^AT\+CCH(OPEN|CLOSE)=(\d)/.exec(chunk.toString('latin1')) ?? [];
      if (command === 'OPEN') opening.add(id);
      if (command !== 'CLOSE' || !opening.has(id)) return chunk;
      setImmediate(() => line.say('\r\nERROR\r\n'));
      return Buffer.alloc(0);
    },
    toHost: (chunk) => {
      for (const [, id = ''] of chunk.toString('latin1').matchAll(/\+CCHOPEN: (\d),/g)) opening.delete(id);
      return chunk;
    },
  });
  return line;
}

/** A broker that may be away, an HTTPS server, and one module between them and their clients; time is made up. */
export class SlowScene {
  readonly rig: Rig;
  readonly time = new FastTime();
  /** What the MQTT client told, each with the second at which it did. */
  readonly told: [number, string][] = [];
  /** Whether the broker's server talks to those who connect. */
  manners: 'talks' | 'is silent' = 'talks';
  readonly #restoreIntervals = intervalsByTimeouts();
  readonly #broker: Aedes;
  readonly #server: net.Server;
  readonly #ports: { readonly mqtt: number; readonly https: number };
  readonly #agent: Agent;
  #client: MqttClient | undefined;

  private constructor(
    rig: Rig,
    broker: Aedes,
    server: net.Server,
    ports: { mqtt: number; https: number },
    { maxTotalSockets }: SceneOptions,
  ) {
    this.rig = rig;
    this.#broker = broker;
    this.#server = server;
    this.#ports = ports;
    this.#agent = rig.modem.httpsAgent({ ca: rig.ca, maxTotalSockets });
  }

  static async open(options: SceneOptions = {}): Promise<SlowScene> {
    const rig = await Rig.open(options.manner === 'finishes what it opens' ? { filter: stubborn } : {});
    if (options.reserved === true) rig.modem.reserve(1);
    // A virtual modem connects at once and tells of it late: the broker is to wait for the first word as long.
    const broker = await Aedes.createBroker({ connectTimeout: 180_000 });
    const { leaf } = await certificates();
    const secure = tls.createServer(leaf, (socket) => {
      socket.on('error', () => undefined);
      broker.handle(socket);
    });
    const server = net.createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => undefined);
      if (scene.manners === 'talks') secure.emit('connection', socket);
    });
    const mqtt = await rig.listen(server);
    const https = await rig.https((_, response) => void response.end('hello'));
    const scene = new SlowScene(rig, broker, server, { mqtt, https }, options);
    return scene;
  }

  /** Ms that an open takes, of whomever. */
  set openDelay(milliseconds: number) {
    this.rig.virtual.faults.openDelay = milliseconds;
  }

  /** An MQTT client; what is not given is as MQTT.js has it. */
  client(options: IClientOptions = {}): MqttClient {
    const { modem, ca } = this.rig;
    const port = this.#ports.mqtt;
    const client = new MqttClient(() => modem.connect({ host: 'server.test', port, ca }), options);
    const tell = (what: string) => this.told.push([Math.round(this.time.elapsed / 1000), what]);
    for (const event of ['connect', 'offline', 'end'] as const) client.on(event, () => tell(event));
    client.on('error', (error) => tell('code' in error ? String(error.code) : error.message));
    return (this.#client = client);
  }

  /** Seconds at which the client told of something since it was asked last. */
  tellsOf(what: string): number[] {
    const told = this.told.filter(([, each]) => each === what);
    this.told.length = 0;
    return told.map(([second]) => second);
  }

  /** One request; ms that it waited. Rejects when it is not answered. */
  async ask(): Promise<number> {
    const begun = this.time.elapsed;
    const { body } = await request({ host: 'server.test', port: this.#ports.https, agent: this.#agent });
    if (String(body) !== 'hello') throw new Error(`An answer was '${String(body)}'.`);
    return this.time.elapsed - begun;
  }

  /** Lets time pass, with a request every 20 s, or when the one before was answered; how long each waited. */
  async passes(milliseconds: number): Promise<number[]> {
    const waits: number[] = [];
    for (const end = this.time.elapsed + milliseconds; this.time.elapsed < end;) {
      const waited = await this.time.until(this.ask());
      waits.push(waited);
      await this.time.passes(Math.max(10, PERIOD - waited));
    }
    return waits;
  }

  /** The broker's server is gone, with its connections. */
  leave(): void {
    this.#server.close();
    (this.#server as net.Server & { closeAllConnections(): void }).closeAllConnections();
  }

  comeBack(): void {
    this.#server.listen(this.#ports.mqtt, '127.0.0.1');
  }

  async close(): Promise<void> {
    this.#client?.end(true);
    this.#agent.destroy();
    await this.time.until(this.rig.modem.close());
    this.#restoreIntervals();
    this.time.restore();
    await new Promise<void>((resolve) => this.#broker.close(resolve));
    await this.rig.close();
  }
}
