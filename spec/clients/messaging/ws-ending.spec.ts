import { once } from 'node:events';
import { expect } from 'chai';
import WebSocket, { type ClientOptions } from 'ws';
import { rejection } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { readPage, workingModes } from '../page.js';
import { Stage, connecting, waysOf } from './stage.js';

/** Ms that the servers of these specs are waited for in vain. */
const SHORT = 60;

/** Its last event; an error before it is no failure of the waiting. */
const closed = (socket: WebSocket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

/** What a WebSocket tells of its end, in order, and whether an error is one of a socket. */
function traceOf(socket: WebSocket): string[] {
  const trace: string[] = [];
  socket.on('open', () => trace.push('open'));
  socket.on('message', (data: Buffer) => trace.push(`message ${String(data)}`));
  socket.on('error', (error: NodeJS.ErrnoException) => trace.push(`error ${error.code ?? error.message}`));
  socket.on('close', (code, reason) => trace.push(`close ${code} ${String(reason)}`.trim()));
  return trace;
}

for (const { title, mode, modem, connect } of waysOf(workingModes(readPage('ws')))) {
  describe(`the end of a WebSocket, ${title}`, () => {
    let stage: Stage;

    beforeEach(async () => {
      stage = await Stage.open();
    });

    afterEach(async () => {
      await stage.close();
    });

    const make = (path: string, options: ClientOptions = {}, port = stage.port(mode, 'web')) => {
      const createConnection = connecting((place) => connect(stage, { ...place, port }));
      return new WebSocket(stage.url(mode, 'web', path), { createConnection, ...options });
    };
    const both = async () => {
      const socket = make('/');
      const [peer] = await Promise.all([stage.peer(), once(socket, 'open')]);
      return { peer, socket };
    };
    /** Both traces when both are closed. */
    const tracesOf = async ({ peer, socket }: Awaited<ReturnType<typeof both>>, end: () => void) => {
      const traces = { server: traceOf(peer), client: traceOf(socket) };
      const both = [closed(peer), closed(socket)];
      end();
      await Promise.all(both);
      await free();
      return traces;
    };
    /** The module has both sessions at hand again. */
    const free = () => until(() => stage.idle);
    const works = async () => {
      const socket = make('/echo');
      await once(socket, 'open');
      const heard = once(socket, 'message');
      socket.send('again');
      expect(String((await heard)[0])).to.equal('again');
      socket.terminate();
      await once(socket, 'close');
    };

    it('is agreed on: code and reason of the client', async () => {
      const ends = await both();
      const { server, client } = await tracesOf(ends, () => {
        ends.socket.send('the last word');
        ends.socket.close(4001, 'enough');
        expect(ends.socket.readyState).to.equal(WebSocket.CLOSING);
      });
      expect(server).to.deep.equal(['message the last word', 'close 4001 enough']);
      expect(client).to.deep.equal(['close 4001 enough']);
    });

    it('is agreed on: code and reason of the server', async () => {
      const ends = await both();
      const { server, client } = await tracesOf(ends, () => {
        ends.peer.send('the last word');
        ends.peer.close(1001, 'going away');
      });
      expect(client).to.deep.equal(['message the last word', 'close 1001 going away']);
      expect(server).to.deep.equal(['close 1001 going away']);
    });

    it('is agreed on without a code, and what the server says until it hears of it is heard', async () => {
      const ends = await both();
      ends.peer.on('message', () => ends.peer.send('an answer'));
      const { server, client } = await tracesOf(ends, () => {
        ends.socket.send('a question');
        ends.socket.close();
      });
      expect(server).to.deep.equal(['message a question', 'close 1005']);
      expect(client).to.deep.equal(['message an answer', 'close 1005']);
    });

    it('is agreed on by both at once', async () => {
      const ends = await both();
      const { server, client } = await tracesOf(ends, () => {
        ends.socket.close(4001, 'enough');
        ends.peer.close(4002, 'enough here, too');
      });
      // Each hears the other's.
      expect(server).to.deep.equal(['close 4001 enough']);
      expect(client).to.deep.equal(['close 4002 enough here, too']);
    });

    it('comes at once when the client terminates', async () => {
      const ends = await both();
      const { server, client } = await tracesOf(ends, () => ends.socket.terminate());
      expect([server, client]).to.deep.equal([['close 1006'], ['close 1006']]);
      await works();
    });

    it('comes without a goodbye when the server terminates', async () => {
      const ends = await both();
      const { server, client } = await tracesOf(ends, () => ends.peer.terminate());
      expect([server, client]).to.deep.equal([['close 1006'], ['close 1006']]);
      await works();
    });

    it('comes with 1009 when a message is larger than what is allowed', async () => {
      const socket = make('/', { maxPayload: 100 });
      const [peer] = await Promise.all([stage.peer(), once(socket, 'open')]);
      const { server, client } = await tracesOf({ peer, socket }, () => peer.send('x'.repeat(101)));
      expect(client).to.deep.equal(['error WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'close 1006']);
      expect(server).to.deep.equal(['close 1009']);
    });

    it('is that of a send, whose callback is told', async () => {
      const { socket } = await both();
      socket.terminate();
      const error = await rejection(new Promise((_, reject) => socket.send('too late', reject)));
      expect(error.message).to.contain('not open');
      await free();
    });

    it('comes before the beginning when the server does not answer the handshake', async () => {
      const socket = make('/silent', { handshakeTimeout: SHORT });
      const trace = traceOf(socket);
      await closed(socket);
      expect(trace).to.deep.equal(['error Opening handshake has timed out', 'close 1006']);
      await free();
      await works();
    });

    it('comes before the beginning when the server does not want a WebSocket', async () => {
      stage.web.options.verifyClient = (_, answer) => answer(false, 401);
      const socket = make('/');
      const trace = traceOf(socket);
      await closed(socket);
      expect(trace).to.deep.equal(['error Unexpected server response: 401', 'close 1006']);
      await free();
    });

    it('comes before the beginning when nobody listens', async () => {
      const socket = make('/', {}, 1);
      const trace = traceOf(socket);
      await closed(socket);
      expect(trace).to.deep.equal(['error ECONNREFUSED', 'close 1006']);
      await free();
      await works();
    });

    for (const end of ['close', 'terminate'] as const) {
      it(`comes before the beginning by ${end}() while it connects`, async () => {
        const socket = make('/');
        const trace = traceOf(socket);
        if (modem) await until(() => stage.opens > 0);
        socket[end]();
        expect(socket.readyState).to.equal(WebSocket.CLOSING);
        await closed(socket);
        const error = 'error WebSocket was closed before the connection was established';
        expect(trace).to.deep.equal([error, 'close 1006']);
        await free();
        await works();
      });
    }

    if (!modem) return;

    it('comes before the beginning when opening takes longer than handshakeTimeout', async () => {
      stage.rig.virtual.faults.openDelay = 5 * SHORT;
      const socket = make('/', { handshakeTimeout: SHORT });
      const trace = traceOf(socket);
      await closed(socket);
      expect(trace).to.deep.equal(['error Opening handshake has timed out', 'close 1006']);
      await free();
      const patient = make('/', { handshakeTimeout: 10_000 });
      await once(patient, 'open');
      patient.terminate();
    });

    it('gives the session back at once when it ends while the module connects', async () => {
      stage.rig.virtual.faults.openDelay = 60_000;
      const socket = make('/');
      socket.on('error', () => undefined);
      await until(() => stage.opens > 0);
      socket.terminate();
      await closed(socket);
      await free();
      stage.rig.virtual.faults.openDelay = undefined;
      await works();
      expect(stage.opens).to.equal(2);
    });

    for (const [what, code, happens] of [
      ['the module restarts', 'ECONNRESET', () => stage.rig.virtual.reset()],
      ['the module loses the connection', 'ECONNRESET', () => stage.rig.virtual.inject('+CCH_RECV_CLOSED: 0,4')],
      ['the module stops its service', 'ENETDOWN', () => stage.rig.virtual.inject('+CCH: CCH STOP')],
    ] as const) {
      it(`is told without a reason when ${what}, and the socket has it: ${code}`, async () => {
        const codes: unknown[] = [];
        const createConnection = connecting((place) =>
          connect(stage, place).on('error', (error: NodeJS.ErrnoException) => codes.push(error.code)),
        );
        const socket = make('/', { createConnection });
        await Promise.all([stage.peer(), once(socket, 'open')]);
        const trace = traceOf(socket);
        happens();
        await closed(socket);
        expect(trace).to.deep.equal(['close 1006']);
        expect(codes).to.deep.equal([code]);
        await works();
      });
    }
  });
}
