import type { Socket } from 'node:net';
import { expect } from 'chai';
import { profiles } from '../../../lib/cch/index.js';
import { randomBytes, readAll, type Rig } from '../../support/rig.js';
import { cell, daring, failed, families, next, on, received, unwritten } from './cells.js';

/** Opens session 0 by hand; what the server sees. */
async function connected(rig: Rig, session = 0): Promise<Socket> {
  let accepted!: (peer: Socket) => void;
  const peer = new Promise<Socket>((resolve) => (accepted = resolve));
  const port = await rig.tcp(accepted);
  await rig.modem.ssl.CCHOPEN.write({ session, host: 'a.test', port, clientType: 1 });
  return peer;
}

/** Opens session 0, and has the server send this; resolves when the module has cached it all. */
async function cached(rig: Rig, bytes: Buffer): Promise<Socket> {
  const peer = await connected(rig);
  const event = next(rig, '+CCHEVENT');
  peer.write(bytes);
  await event;
  while ((await rig.modem.ssl.CCHRECV.read()).cached[0] < bytes.length);
  return peer;
}

describe('modem.ssl: CCHSEND (F1005)', () => {
  cell('CCHSEND', 'test', 'is the ranges of session and length', async ({ modem }) => {
    expect(await modem.ssl.CCHSEND.test()).to.deep.equal({
      session: { min: 0, max: 1 },
      length: { min: 1, max: 2048 },
    });
  });

  cell('CCHSEND', 'read', 'counts what is not yet sent', async (rig) => {
    expect(await rig.modem.ssl.CCHSEND.read()).to.deep.equal({ unsent: [0, 0] });
    rig.virtual.faults.uplink = 0;
    (await connected(rig, 1)).resume();
    await rig.modem.ssl.CCHSEND.write({ session: 1 }, randomBytes(2048));
    expect(await rig.modem.ssl.CCHSEND.read()).to.deep.equal({ unsent: [0, 2048] });
    rig.virtual.faults.uplink = undefined;
  });

  for (const profile of families) {
    cell(
      'CCHSEND',
      'write',
      `sends 1 byte and 2048, text as UTF-8 and bytes as they are: ${profile}`,
      async (rig) => {
        const peer = await connected(rig);
        const bytes = randomBytes(2048);
        for (const payload of ['G', 'é中\r\nOK\r\n> AT+CCHCLOSE=0\r', bytes, new Uint8Array([0, 26, 27, 255])]) {
          const report = next(rig, '+CCHSEND');
          await rig.modem.ssl.CCHSEND.write({ session: 0 }, payload);
          expect(await report).to.equal('+CCHSEND: 0,0');
        }
        await rig.modem.ssl.CCHCLOSE.write({ session: 0 });
        const text = Buffer.from('Gé中\r\nOK\r\n> AT+CCHCLOSE=0\r');
        expect((await readAll(peer)).equals(Buffer.concat([text, bytes, Buffer.of(0, 26, 27, 255)]))).to.equal(true);
        expect(received(rig).filter((line) => line.startsWith('AT+CCHSEND'))).to.deep.equal(
          [1, 27, 2048, 4].map((length) => `AT+CCHSEND=0,${length}`),
        );
      },
      on(profile),
    );
  }

  cell('CCHSEND', 'write', 'is refused, unwritten, with 0 and 2049 bytes, and with what is no payload', async (rig) => {
    const { CCHSEND } = rig.modem.ssl;
    for (const payload of ['', new Uint8Array(0), Buffer.alloc(2049), 'é'.repeat(1025), undefined, null, 5, [1], {}]) {
      await unwritten(rig, () => CCHSEND.write({ session: 0 }, payload as never));
    }
    for (const parameters of [{ session: 2 }, {}, undefined, { session: 0, more: 1 }]) {
      await unwritten(rig, () => CCHSEND.write(parameters as never, 'text'));
    }
  });

  cell('CCHSEND', 'write', 'takes the length of its bytes, and refuses another', async (rig) => {
    const peer = await connected(rig);
    const { CCHSEND, CCHCLOSE } = rig.modem.ssl;
    await unwritten(rig, () => CCHSEND.write({ session: 0, length: 2048 } as never, 'three'));
    await CCHSEND.write({ session: 0, length: 5 } as never, 'three');
    await CCHCLOSE.write({ session: 0 });
    expect((await readAll(peer)).toString()).to.equal('three');
  });

  cell(
    'CCHSEND',
    'write',
    'is refused on a session that is not open, before any byte is written',
    async (rig) => {
      await failed(rig.modem.ssl.CCHSEND.write({ session: 1 }, 'text'), 'ERR_MODEM_COMMAND');
      await rig.modem.ssl.CCHMODE.read();
      expect(received(rig).slice(-2)).to.deep.equal(['AT+CCHSEND=1,4', 'AT+CCHMODE?']);
    },
    daring,
  );
});

describe('modem.ssl: CCHRECV (F1006)', () => {
  cell('CCHRECV', 'read', 'counts what is cached', async (rig) => {
    expect(await rig.modem.ssl.CCHRECV.read()).to.deep.equal({ cached: [0, 0] });
    await cached(rig, randomBytes(300));
    expect(await rig.modem.ssl.CCHRECV.read()).to.deep.equal({ cached: [300, 0] });
  });

  for (const profile of families) {
    const bytes = randomBytes(5000);
    cell(
      'CCHRECV',
      'write',
      `without a length brings all that is cached: ${profile}`,
      async (rig) => {
        await cached(rig, bytes);
        expect((await rig.modem.ssl.CCHRECV.write({ session: 0 })).equals(bytes)).to.equal(true);
        expect(await rig.modem.ssl.CCHRECV.read()).to.deep.equal({ cached: [0, 0] });
        expect(received(rig)).to.include('AT+CCHRECV=0');
      },
      on(profile),
    );
    const most = Math.min(profiles[profile].zeroRead, bytes.length);
    cell(
      'CCHRECV',
      'write',
      `with length 0 brings ${most} of 5000 bytes: ${profile}`,
      async (rig) => {
        await cached(rig, bytes);
        const taken = await rig.modem.ssl.CCHRECV.write({ session: 0, length: 0 });
        expect(taken.equals(bytes.subarray(0, most))).to.equal(true);
      },
      on(profile),
    );
    cell(
      'CCHRECV',
      'write',
      `with a length brings so many: ${profile}`,
      async (rig) => {
        await cached(rig, bytes);
        for (const [from, to] of [
          [0, 1],
          [1, 2049],
        ] as const) {
          const taken = await rig.modem.ssl.CCHRECV.write({ session: 0, length: to - from });
          expect(taken.equals(bytes.subarray(from, to))).to.equal(true);
        }
      },
      on(profile),
    );
    cell(
      'CCHRECV',
      'write',
      `is refused, unwritten, out of range: ${profile}`,
      async (rig) => {
        const { explicitRead } = profiles[profile];
        for (const length of [-1, explicitRead + 1, 1.5, '1', null]) {
          await unwritten(rig, () => rig.modem.ssl.CCHRECV.write({ session: 0, length } as never));
        }
        await unwritten(rig, () => rig.modem.ssl.CCHRECV.write({ session: 2 }));
        await unwritten(rig, () => rig.modem.ssl.CCHRECV.write(undefined as never));
      },
      on(profile),
    );
  }

  cell(
    'CCHRECV',
    'write',
    'of more than is cached brings what there is',
    async (rig) => {
      await cached(rig, Buffer.from('\r\n+CCHRECV: 0,0\r\n\r\nERROR\r\n'));
      const taken = await rig.modem.ssl.CCHRECV.write({ session: 0, length: 1024 });
      expect(taken.toString()).to.equal('\r\n+CCHRECV: 0,0\r\n\r\nERROR\r\n');
    },
    daring,
  );

  cell(
    'CCHRECV',
    'write',
    'of an empty cache is a result, with the refusal as its cause',
    async (rig) => {
      (await connected(rig)).resume();
      const error = await failed(rig.modem.ssl.CCHRECV.write({ session: 0 }), 'ERR_MODEM_RESULT', 6);
      expect(error).to.include({ session: 0, command: 'AT+CCHRECV=0' });
      expect(error.cause).to.have.property('code', 'ERR_MODEM_COMMAND');
    },
    daring,
  );

  cell('CCHRECV', 'write', 'brings what a peer sent before it closed', async (rig) => {
    const peer = await cached(rig, Buffer.from('the last words'));
    const closed = next(rig, '+CCH_PEER_CLOSED');
    peer.end();
    await closed;
    expect((await rig.modem.ssl.CCHRECV.write({ session: 0 })).toString()).to.equal('the last words');
  });
});
