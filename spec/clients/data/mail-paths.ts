import nodemailer, { type Transporter } from 'nodemailer';
import type { ConnectOptions } from '../../../lib/index.js';
import { readPage, titleOf, workingModes, type Mode } from '../page.js';
import type { MailStage, Way } from './mail-stage.js';
import { PASSWORD, USER } from './passwords.js';

export interface Path {
  readonly title: string;
  readonly mode: Mode;
  readonly way: Way;
}

/** Every mode in each way that mail servers have for it. */
export const paths = workingModes(readPage('nodemailer')).flatMap((mode): Path[] => {
  if (mode !== false) return [{ title: titleOf(mode), mode, way: 'implicit' }];
  return [
    { title: `${titleOf(mode)}, and STARTTLS by nodemailer`, mode, way: 'starttls' },
    { title: titleOf(mode), mode, way: 'plain' },
  ];
});

/** Options of nodemailer, and some of the connection. */
interface Extra extends Record<string, unknown> {
  readonly port?: number;
  readonly connector?: ConnectOptions;
}

export function transportOf(stage: MailStage, { mode, way }: Path, given: Extra = {}): Transporter {
  const { port = stage.port(way), connector, ...extra } = given;
  const secure = way === 'implicit';
  const { ca, modem } = stage.rig;
  const connect = modem.connector({ tls: mode, ca, ...connector });
  const target = { hostname: 'server.test', port: String(port) };
  return nodemailer.createTransport({
    host: target.hostname,
    secure,
    requireTLS: way !== 'plain',
    auth: { user: USER, pass: PASSWORD },
    tls: { ca },
    socketCloseTimeout: 0,
    getSocket: (_: unknown, callback: (error: Error | null, socket?: object) => void) =>
      connect({ ...target, protocol: secure ? 'https:' : 'http:' }, (error, connection) =>
        error ? callback(error) : callback(null, { connection, secured: secure }),
      ),
    ...extra,
  } as object);
}

export const mail = (to: string | string[] = 'you@b.test', more: object = {}) => ({
  from: 'device@a.test',
  to,
  subject: 'Hello',
  text: 'Sent over the air.',
  ...more,
});
