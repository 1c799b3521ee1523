import * as http from 'node:http';
import * as https from 'node:https';
import { turn } from '../support/turn.js';
import type { Phase, Plan } from './plan.js';
import { bodyOf, digest, type Servers } from './servers.js';

/** Ms of inactivity after which a request is given up whose plan says so. */
const PATIENCE = 25;
/** Turns of the event loop in which a socket may be on its way when its request is given up. */
const TURNS = 30;
/** Turns for which a slow reader rests. */
const REST = 5;

/** An error as a request emits it. */
export type Told = Error & { readonly code?: string };

/** What became of a request. */
export interface Outcome {
  readonly type: 'finished' | 'failed';
  /** The errors that it emitted, in order. */
  readonly errors: readonly Told[];
  /** What is wrong with it; nothing, if all is well. */
  readonly wrong: string | undefined;
  /** Whether it failed although nobody gave it up, and the server did not. */
  readonly unprovoked: boolean;
}

/** What a request is given: where to go, and through what. */
export interface Given {
  readonly servers: Servers;
  /** An agent, or what makes a connection. */
  readonly options: http.RequestOptions;
  /** Never aborted; nobody may keep listening to it. */
  readonly signal: AbortSignal;
}

/** What a request is given up with, where that is an error. */
class GivenUp extends Error {
  readonly code = 'GIVEN_UP';
}

/** Sockets that the server closes, or has closed, without a word. */
const forsaken = new WeakSet<object>();

/** Carries a plan out; resolves when the request and its answer are closed. */
export async function carryOut(plan: Plan, { servers, options, signal }: Given): Promise<Outcome> {
  const controller = new AbortController();
  const attempt = new Attempt(plan, controller);
  const forget = servers.expect(plan, () => attempt.reaches('after its head'));
  const { abort, chance } = plan;
  if (abort?.phase === 'before it has a socket' && abort.means === 'signal' && chance < 0.3) controller.abort();
  const patience = abort?.phase === 'while its socket opens' ? 1 + chance * 5 : PATIENCE;
  const { request } = plan.way === false ? http : https;
  const outgoing = request({
    ...options,
    host: 'server.test',
    port: servers.ports.get(plan.way),
    path: `/${plan.id}`,
    method: plan.up > 0 ? 'POST' : 'GET',
    signal: abort?.means === 'signal' ? controller.signal : signal,
    ...(abort?.means === 'time' ? { timeout: patience } : {}),
    ...(plan.up > 0 && !plan.chunked ? { headers: { 'content-length': plan.up } } : {}),
  });
  try {
    return await attempt.run(outgoing);
  } finally {
    forget();
  }
}

/** A request on its way. */
class Attempt {
  readonly #plan: Plan;
  readonly #controller: AbortController;
  readonly #errors: Told[] = [];
  readonly #received: Buffer[] = [];
  #request!: http.ClientRequest;
  #response: http.IncomingMessage | undefined;
  /** Whether the answer came to its end, and whether the request had been given up before. */
  #ended = false;
  #givenUp = false;
  /** Whether its socket may close at any time. */
  #forsaken = false;

  constructor(plan: Plan, controller: AbortController) {
    this.#plan = plan;
    this.#controller = controller;
  }

  async run(request: http.ClientRequest): Promise<Outcome> {
    const { abort, manner } = this.#plan;
    this.#request = request;
    const closed = [new Promise<void>((resolve) => request.once('close', resolve))];
    request.on('error', (error) => this.#errors.push(error));
    request.on('timeout', () => this.#giveUp());
    request.once('socket', (socket) => {
      this.#forsaken = forsaken.has(socket);
      if (manner === 'forsakes') forsaken.add(socket);
      void this.#opens();
    });
    request.once('response', (response) => {
      closed.push(new Promise<void>((resolve) => response.once('close', resolve)));
      this.#read(response);
    });
    if (abort?.phase === 'before it has a socket') this.reaches(abort.phase);
    void this.#write();
    await closed[0];
    await Promise.all(closed);
    const type = this.#ended ? 'finished' : 'failed';
    return { type, errors: this.#errors, wrong: this.#wrong(), unprovoked: type === 'failed' && this.#unprovoked };
  }

  /** The request has come so far: it may be given up now. */
  reaches(phase: Phase): void {
    const { abort } = this.#plan;
    if (abort?.phase !== phase || !this.#mayGiveUp(phase)) return;
    if (abort.means !== 'time' || phase === 'before it has a socket') this.#giveUp();
  }

  /** With all of the answer there, and not read to its end, Node has nobody listen to the error that it makes of this. */
  #mayGiveUp(phase: Phase): boolean {
    return phase === 'after its answer' || this.#response?.complete !== true;
  }

  #giveUp(): void {
    const { abort, chance } = this.#plan;
    this.#givenUp ||= !this.#ended;
    if (abort?.means === 'signal') this.#controller.abort();
    else this.#request.destroy(abort?.means === 'destroy' && chance < 0.5 ? undefined : new GivenUp());
  }

  async #opens(): Promise<void> {
    for (let left = Math.floor(this.#plan.chance * TURNS); left > 0; left--) await turn();
    this.reaches('while its socket opens');
  }

  async #write(): Promise<void> {
    const { abort, chance } = this.#plan;
    const body = bodyOf(this.#plan, 'up');
    if (abort?.phase === 'after its head' && body.length > 0) {
      this.#request.flushHeaders();
      return;
    }
    const stops = abort?.phase === 'in its upload' ? Math.floor(body.length * chance) : Infinity;
    if (stops === Infinity && chance < 0.5) return void this.#request.end(body);
    const size = 500 + Math.floor(chance * 8000);
    for (let at = 0; at < body.length; at += size) {
      if (this.#request.destroyed) return;
      if (at > stops && this.#mayGiveUp('in its upload')) {
        this.reaches('in its upload');
        return;
      }
      await new Promise<unknown>((resolve) => this.#request.write(body.subarray(at, at + size), resolve));
    }
    if (stops === Infinity || !this.#mayGiveUp('in its upload')) this.#request.end();
    else this.reaches('in its upload');
  }

  #read(response: http.IncomingMessage): void {
    const { chance, down } = this.#plan;
    this.#response = response;
    let received = 0;
    response.on('error', (error) => this.#errors.push(error));
    response.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      received += chunk.length;
      if (received >= down * chance) this.reaches('in its answer');
      if (chance > 0.8) void this.#rest(response);
    });
    response.once('end', () => {
      this.#ended = response.complete;
      this.reaches('after its answer');
    });
    if (down === 0) this.reaches('in its answer');
  }

  async #rest(response: http.IncomingMessage): Promise<void> {
    response.pause();
    for (let left = REST; left > 0; left--) await turn();
    response.resume();
  }

  #wrong(): string | undefined {
    const bare = this.#errors.find(({ code }) => typeof code !== 'string');
    if (bare) return `an error without a code: ${bare.stack ?? bare.message}`;
    // Of what comes behind that, Node throws away all or some.
    if (this.#givenUp) return this.#errors.length > 0 || this.#ended ? undefined : 'given up, and no error';
    if (!this.#ended) return this.#errors.length > 0 ? undefined : 'it ended without an answer and without an error';
    return this.#wrongBody();
  }

  #wrongBody(): string | undefined {
    const { abort, down, manner, kept } = this.#plan;
    const body = Buffer.concat(this.#received);
    if (digest(body) !== digest(bodyOf(this.#plan, 'down'))) return `a body of ${body.length} bytes, not these ${down}`;
    const upload = this.#response?.headers['x-upload'];
    if (manner !== 'hurries' && upload !== digest(bodyOf(this.#plan, 'up'))) return 'the server had another upload';
    // A server that closes behind its answer does not take the rest of the upload.
    const mayFail = abort?.phase === 'after its answer' || (manner === 'hurries' && (!kept || this.#forsaken));
    const [first] = mayFail ? [] : this.#errors;
    return first && `finished, and then an error: ${first.stack ?? first.message}`;
  }

  get #unprovoked(): boolean {
    const { manner, kept } = this.#plan;
    const whole = ['answers', 'ends', 'parts', 'forsakes'].includes(manner) || (manner === 'hurries' && kept);
    return whole && !this.#givenUp && !this.#forsaken;
  }
}
