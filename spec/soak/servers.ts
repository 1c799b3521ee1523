import { createHash } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import { certificates, randomBytes, readAll, type Rig } from '../support/rig.js';
import type { Manner, Plan, Way } from './plan.js';

/** What all bodies are pieces of. */
const material = randomBytes(256 * 1024);

/** The upload of a request, and the body of its answer: no two that are near each other are alike. */
export function bodyOf({ id, up, down }: Plan, direction: 'up' | 'down'): Buffer {
  const start = (id * 61 + (direction === 'up' ? 0 : 31)) % (material.length / 2);
  return material.subarray(start, start + (direction === 'up' ? up : down));
}

export function digest(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Ms after which a server that forsakes a connection closes it, at most. */
const SOON = 10;

interface Exchange {
  readonly plan: Plan;
  readonly incoming: http.IncomingMessage;
  readonly outgoing: http.ServerResponse;
  /** The TCP connection, also below TLS. */
  readonly tcp: Socket;
}

/** Servers that do with each request what its plan says. */
export class Servers {
  /** Ports by who does TLS on the way there. */
  readonly ports: ReadonlyMap<Way, number>;
  readonly #plans: Map<number, Plan>;
  readonly #arrivals: Map<number, () => void>;

  private constructor(ports: Map<Way, number>, plans: Map<number, Plan>, arrivals: Map<number, () => void>) {
    this.ports = ports;
    this.#plans = plans;
    this.#arrivals = arrivals;
  }

  static async open(rig: Rig): Promise<Servers> {
    const { leaf } = await certificates();
    const plans = new Map<number, Plan>();
    const arrivals = new Map<number, () => void>();
    const serve = async (server: http.Server): Promise<number> => {
      const tcp = new Map<number | undefined, Socket>();
      server.on('connection', (socket: Socket) => {
        tcp.set(
          socket.remotePort,
          socket.on('error', () => undefined),
        );
        const { remotePort } = socket;
        socket.once('close', () => tcp.delete(remotePort));
      });
      server.on('request', (incoming: http.IncomingMessage, outgoing: http.ServerResponse) => {
        const plan = plans.get(Number(incoming.url?.slice(1)));
        const connection = tcp.get(incoming.socket.remotePort);
        if (plan === undefined || connection === undefined) return void outgoing.writeHead(404).end();
        for (const stream of [incoming, outgoing]) stream.on('error', () => undefined);
        arrivals.get(plan.id)?.();
        answers[plan.manner]({ plan, incoming, outgoing, tcp: connection });
      });
      return rig.listen(server);
    };
    const tls = () => https.createServer({ ...leaf, keepAliveTimeout: 60_000 });
    const ports = new Map<Way, number>([
      ['modem', await serve(tls())],
      ['host', await serve(tls())],
      [false, await serve(http.createServer({ keepAliveTimeout: 60_000 }))],
    ]);
    return new Servers(ports, plans, arrivals);
  }

  /** From now on a request is known, until the returned function is called; `arrived` is called when its head is there. */
  expect(plan: Plan, arrived: () => void): () => void {
    this.#plans.set(plan.id, plan);
    this.#arrivals.set(plan.id, arrived);
    return () => {
      this.#plans.delete(plan.id);
      this.#arrivals.delete(plan.id);
    };
  }
}

type Answer = (exchange: Exchange) => void;

const answers: Readonly<Record<Manner, Answer>> = {
  answers: whole(() => undefined),
  ends: whole(({ outgoing }) => outgoing.removeHeader('transfer-encoding'), { connection: 'close' }),
  parts: whole(() => undefined, { connection: 'close' }),
  forsakes: whole(({ plan, outgoing, tcp }) => {
    outgoing.once('finish', () => setTimeout(() => tcp.end(), plan.chance * SOON));
  }),
  hurries: ({ plan, incoming, outgoing }) => {
    outgoing.writeHead(200, { 'content-length': plan.down }).end(bodyOf(plan, 'down'));
    incoming.resume();
  },
  closes: ({ incoming, tcp, plan }) => {
    if (plan.chance < 0.5) return void tcp.end();
    readAll(incoming).then(
      () => tcp.end(),
      () => undefined,
    );
  },
  resets: ({ tcp }) => void tcp.resetAndDestroy(),
  'breaks off': half(({ incoming }) => incoming.socket.end()),
  tears: half(({ tcp }) => tcp.resetAndDestroy()),
  waits: ({ incoming }) => void incoming.resume(),
  stalls: half(() => undefined),
};

/** Answers when all of the upload is there. */
function whole(before: (exchange: Exchange) => void, headers: http.OutgoingHttpHeaders = {}): Answer {
  return (exchange) => {
    const { plan, incoming, outgoing } = exchange;
    const answer = (upload: Buffer) => {
      const delimited = plan.manner === 'ends' || plan.chunked;
      const length = delimited ? {} : { 'content-length': plan.down };
      before(exchange);
      outgoing.writeHead(200, { 'x-upload': digest(upload), ...length, ...headers });
      const body = bodyOf(plan, 'down');
      const cut = Math.floor(body.length * plan.chance);
      outgoing.write(body.subarray(0, cut));
      outgoing.end(body.subarray(cut));
    };
    readAll(incoming).then(answer, () => undefined);
  };
}

/** Announces a byte more than it has, and sends the first half. */
function half(then: (exchange: Exchange) => void): Answer {
  return (exchange) => {
    const { plan, incoming, outgoing } = exchange;
    incoming.resume();
    if (!plan.chunked) outgoing.setHeader('content-length', plan.down + 1);
    outgoing.writeHead(200);
    outgoing.flushHeaders();
    outgoing.write(bodyOf(plan, 'down').subarray(0, Math.ceil(plan.down / 2)), () => then(exchange));
  };
}
