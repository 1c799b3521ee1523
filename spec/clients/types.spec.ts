import * as http from 'node:http';
import type * as http2 from 'node:http2';
import * as https from 'node:https';
import type * as net from 'node:net';
import type { Duplex } from 'node:stream';
import type * as tls from 'node:tls';
import type { AxiosRequestConfig } from 'axios';
import { expect } from 'chai';
import type { OptionsInit } from 'got';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import type { StreamBuilder } from 'mqtt';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import type pg from 'pg';
import type { Client } from 'undici';
import type { ClientOptions } from 'ws';
import { ModemSocket, type HostTlsSocket } from '../../lib/index.js';
import { Rig } from '../support/rig.js';

/** What the clients ask for, by their own declarations: each line compiles without a cast, or the package has no such spec. */
describe('the types of the clients', () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.open();
  });

  after(() => rig.close());

  it('take the modem’s agents, connectors, functions and sockets as they are', async () => {
    const { modem } = rig;
    const place = { host: 'server.test', port: 1, tls: false } as const;
    const made: Duplex[] = [];
    const keep = <T extends Duplex>(socket: T): T => {
      made.push(socket.on('error', () => undefined));
      return socket;
    };

    const agents: { http: http.Agent; https: https.Agent } = { http: modem.httpAgent(), https: modem.httpsAgent() };
    const forHttp: http.RequestOptions = { agent: agents.http, createConnection: modem.createConnection };
    const forHttps: https.RequestOptions = { agent: agents.https, createConnection: modem.createConnection };
    const forHttp2: http2.ClientSessionOptions = { createConnection: () => keep(modem.connect(place)) };
    const forUndici: Client.Options = { connect: modem.connector() };
    const forAxios: AxiosRequestConfig = { httpAgent: agents.http, httpsAgent: agents.https };
    const forGot: OptionsInit = { agent: agents };
    const forWs: ClientOptions = { agent: agents.https, createConnection: modem.createConnection };
    const forMqtt: StreamBuilder = () => keep(modem.connect(place));
    const forMail: SMTPTransport.Options = {
      getSocket: (_, callback) => callback(null, { connection: keep(modem.connect(place)) }),
    };
    const forPg: pg.ClientConfig = { stream: () => keep(modem.socket({ tls: false })) };
    class Connector extends AbstractConnector {
      constructor() {
        super(2000);
      }

      connect(): Promise<net.Socket> {
        this.stream = keep(modem.connect(place));
        return Promise.resolve(this.stream);
      }
    }
    const forRedis: RedisOptions = { Connector };

    const plain: net.Socket = keep(modem.connect(place));
    const secure = keep(modem.connect({ host: 'server.test', port: 1, tls: 'host' }));
    const nodes: tls.TLSSocket | undefined =
      secure instanceof ModemSocket ? undefined : (secure satisfies HostTlsSocket);
    const either: net.Socket | tls.TLSSocket = secure;

    expect(agents.http).to.be.instanceOf(http.Agent);
    expect(agents.https).to.be.instanceOf(https.Agent);
    for (const options of [forHttp, forHttps, forHttp2, forUndici, forAxios, forGot, forWs, forMail, forPg, forRedis]) {
      expect(Object.values(options)).to.not.include(undefined);
    }
    expect(forMqtt).to.be.a('function');
    expect(plain).to.be.instanceOf(ModemSocket);
    expect(nodes).to.equal(either);
    await Promise.all(made.map((socket) => new Promise((resolve) => socket.once('close', resolve).destroy())));
  });
});
