import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { Rig, certificates, type RigOptions } from '../../support/rig.js';
import type { Given, Mode } from '../page.js';
import { PASSWORD, USER } from './passwords.js';

/** A mail that the server took. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** Who was logged in. */
  readonly user: string | undefined;
}

/** How a server is reached: TLS from the first byte, TLS after a word in plain text (STARTTLS), or none. */
export type Way = 'implicit' | 'starttls' | 'plain';

const settings: Readonly<Record<Way, SMTPServerOptions>> = {
  implicit: { secure: true },
  starttls: {},
  plain: { disabledCommands: ['STARTTLS'], allowInsecureAuth: true },
};

/** What the server does about a recipient, by what stands before the `@`. Any other is taken. */
type Manner = (socket: Socket | undefined, done: (error?: Error) => void) => void;

const manners: Readonly<Record<string, Manner>> = {
  nobody: (_, done) => done(Object.assign(new Error('No such user here.'), { responseCode: 550 })),
  /** The connection breaks. */
  broken: (socket) => void socket?.destroy(),
  /** The server ends it. */
  ended: (socket) => void socket?.end(),
  /** No answer. */
  silent: () => undefined,
};

/** A virtual modem with an open driver, and mail servers that are reached through it. */
export class MailStage {
  readonly rig: Rig;
  readonly mails: Mail[] = [];
  /** Ms until the servers greet. */
  greetingDelay = 0;
  /** Recipients that the servers were told. */
  asked = 0;
  /** Connections to the servers, by the port that they come from. */
  readonly #sockets = new Map<number, Socket>();
  readonly #ports = new Map<Way, number>();

  private constructor(rig: Rig) {
    this.rig = rig;
  }

  static async open(options: RigOptions = {}): Promise<MailStage> {
    const stage = new MailStage(await Rig.open(options));
    const { leaf } = await certificates();
    for (const way of ['implicit', 'starttls', 'plain'] as const) {
      const smtp = new SMTPServer({ ...stage.#behaviour(), ...leaf, ...settings[way] });
      // Connections that break are none of the server's business.
      smtp.on('error', () => undefined);
      smtp.server.on('connection', (socket) => stage.#sockets.set(socket.remotePort ?? 0, socket));
      stage.#ports.set(way, await stage.rig.listen(smtp.server));
    }
    return stage;
  }

  /** Port of the server of a way. */
  port(way: Way): number {
    return this.#ports.get(way) ?? 0;
  }

  /** What a snippet is given to run in a mode. With `false` nodemailer does TLS by itself (STARTTLS). */
  given(mode: Mode): Given {
    const [scheme, way] = mode === false ? (['smtp', 'starttls'] as const) : (['smtps', 'implicit'] as const);
    const url = `${scheme}://${USER}:${PASSWORD}@server.test:${this.port(way)}`;
    return { modem: this.rig.modem, url, ca: this.rig.ca, tls: mode || 'modem' };
  }

  /** Connections that the module was asked for. */
  get opens(): number {
    return this.rig.commands('AT+CCHOPEN=');
  }

  /** Connections to the servers that were not closed. */
  get connections(): number {
    return [...this.#sockets.values()].filter(({ destroyed }) => !destroyed).length;
  }

  async close(): Promise<void> {
    await this.rig.close();
  }

  #behaviour(): SMTPServerOptions {
    return {
      disableReverseLookup: true,
      onConnect: (_, done) => {
        if (this.greetingDelay > 0) setTimeout(done, this.greetingDelay);
        else done();
      },
      onAuth: ({ username = '', password }, _, done) => {
        if (username === USER && password === PASSWORD) done(null, { user: username });
        else done(Object.assign(new Error('That is not the password.'), { responseCode: 535 }));
      },
      onRcptTo: ({ address }, { remotePort }, done) => {
        this.asked++;
        const manner = manners[address.split('@')[0] ?? ''];
        if (manner) manner(this.#sockets.get(remotePort), done);
        else done();
      },
      onData: (stream, session, done) => {
        const take = (raw: Buffer) => {
          this.mails.push(mailOf(session, raw));
          done();
        };
        buffer(stream).then(take, done);
      },
    };
  }
}

function mailOf({ envelope: { mailFrom, rcptTo }, secure, user }: SMTPServerSession, raw: Buffer): Mail {
  return {
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map(({ address }) => address),
    raw,
    secure,
    user: user === undefined ? undefined : String(user),
  };
}

/** The parts of a mail of several: what each is, decoded where it is in base64. */
export function partsOf({ raw }: Mail): { head: string; body: Buffer }[] {
  const text = raw.toString('latin1');
  const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? '';
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = '', ...rest] = part.split('\r\n\r\n');
      const body = rest.join('\r\n\r\n').replace(/\r\n$/, '');
      return { head, body: Buffer.from(body, /base64/i.test(head) ? 'base64' : 'latin1') };
    });
}
