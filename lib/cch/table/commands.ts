import {
  fileName,
  hexadecimal,
  integer,
  lineOf,
  linesOf,
  optional,
  parameters,
  text,
  type Codec,
  type Field,
} from './codec.js';
import { Command, type Form } from './form.js';
import type { Profile } from './profile.js';
import { parseInteger, splitParameters } from '../../wire/index.js';

/** Maximum response time of the commands that wait for the network, in ms (F1001; the others follow it). */
const NETWORK_TIME = 120_000;

const session = integer(0, 1);
const context = integer(0, 9);
const flag = { ...integer(0, 1), range: '(0,1)' };
const length = integer(0, 999_999_999);

/** What `AT+CCHOPEN?` says of one session; `host` is empty when it is not open. */
export interface OpenInformation {
  session: number;
  host: string;
  port?: number;
  clientType?: number;
  bindPort?: number;
}

/** One setting of an SSL context: `AT+CSSLCFG="<key>",<context>,<value>`. */
export interface ContextSetting {
  key: ContextKey;
  context: number;
  value: number | string;
}

/** The settings of an SSL context (F1012). */
export type ContextKey =
  | 'sslversion'
  | 'authmode'
  | 'ignorelocaltime'
  | 'negotiatetime'
  | 'cacert'
  | 'clientcert'
  | 'clientkey'
  | 'enableSNI'
  | 'keypwd'
  | 'ciphersuites';

/** One setting of a session: `AT+CCHCFG="<key>",<session>,<value>` (F1008). */
export interface SessionSetting {
  key: 'sendtimeout' | 'sslctx';
  session: number;
  value: number;
}

/**
 * The commands of the chapter "AT Commands For SSL", each form declared once: the driver writes and reads it, the
 * virtual modem reads and writes it. What differs between families stands in the profile.
 */
export function commandTable(profile: Profile) {
  const name = fileName(profile.fileName);
  return {
    /** F1001: start the service. `OK` and `+CCHSTART: 0` in either order; `ERROR`; `OK` and `+CCHSTART: <err>`. */
    CCHSTART: declare('+CCHSTART', 'F1001', (command) => ({
      execute: command.execute({ completion: 'result', maximumTime: NETWORK_TIME }),
    })),

    /** F1002: stop the service and every session. `OK` and `+CCHSTOP: 0` in either order, or `ERROR`. */
    CCHSTOP: declare('+CCHSTOP', 'F1002', (command) => ({
      execute: command.execute({ completion: 'result', maximumTime: NETWORK_TIME }),
    })),

    /** F1003: connect. `OK` and `+CCHOPEN: <id>,<err>` in either order, perhaps `+CCHCLOSE: <id>,<err>`; `ERROR`. */
    CCHOPEN: declare('+CCHOPEN', 'F1003', (command) => {
      const target = {
        session,
        host: text(1, 256, { range: '"ADDRESS"' }),
        port: integer(1, 65535),
        clientType: optional(integer(1, 2)),
        bindPort: optional(integer(1, 65535)),
      };
      return {
        test: command.test(parameters(target).range),
        read: command.read(linesOf(command.name, openInformation)),
        write: command.write(parameters(target), { completion: 'result', maximumTime: NETWORK_TIME }),
      };
    }),

    /** F1004: disconnect. `OK` and `+CCHCLOSE: <id>,0` in either order, or `ERROR`. */
    CCHCLOSE: declare('+CCHCLOSE', 'F1004', (command) => ({
      write: command.write(parameters({ session }), { completion: 'result', maximumTime: NETWORK_TIME }),
    })),

    /** F1005: send counted bytes, `>` before them; the read form tells the bytes not yet sent of both sessions. */
    CCHSEND: declare('+CCHSEND', 'F1005', (command) => {
      const block = parameters({ session, length: integer(1, 2048) });
      return {
        test: command.test(block.range),
        read: command.read(
          lineOf(command.name, parameters({ session0: session, unsent0: length, session1: session, unsent1: length })),
        ),
        write: command.write(block, { completion: 'prompt' }),
      };
    }),

    /** F1006: read cached bytes; the read form tells how many are cached for both sessions. */
    CCHRECV: declare('+CCHRECV', 'F1006', (command) => ({
      read: command.read(lineOf(command.name, cachedLengths)),
      write: command.write(parameters({ session, length: optional(integer(0, profile.explicitRead)) }), {
        completion: 'data',
      }),
    })),

    /** F1007: the address of the PDP context; an error while the service does not run. */
    CCHADDR: declare('+CCHADDR', 'F1007', (command) => ({
      execute: command.execute({}, lineOf(command.name, address)),
    })),

    /** F1008: settings of a session, forgotten after a failed open and after a close. */
    CCHCFG: declare('+CCHCFG', 'F1008', (command) => ({
      test: command.test('"sendtimeout",(0-1),(60-150)', '"sslctx",(0-1),(0-9)'),
      read: command.read(linesOf(command.name, parameters({ session, sendTimeout: integer(60, 150), context }))),
      write: command.write(sessionSetting),
    })),

    /** F1009: the SSL context of a session, forgotten after a failed open and after a close. */
    CCHSSLCFG: declare('+CCHSSLCFG', 'F1009', (command) => ({
      test: command.test('(0-1),(0-9)'),
      read: command.read(linesOf(command.name, chosenContext)),
      write: command.write(parameters({ session, context })),
    })),

    /** F1010: command mode 0 or transparent mode 1; before the service starts. */
    CCHMODE: declare('+CCHMODE', 'F1010', (command) => ({
      test: command.test('(0-1)'),
      read: command.read(lineOf(command.name, parameters({ mode: flag }))),
      write: command.write(parameters({ mode: flag })),
    })),

    /** F1011: whether sends are reported, and how data comes: 0 pushed, 1 cached; before the service starts. */
    CCHSET: declare('+CCHSET', 'F1011', (command) => ({
      test: command.test('(0-1),(0,1)'),
      read: command.read(lineOf(command.name, parameters({ report: flag, receive: flag }))),
      write: command.write(parameters({ report: flag, receive: optional(flag) })),
    })),

    /** F1012: the ten SSL contexts. `query` is the form `AT+CSSLCFG=<n>`; contexts are kept as the fields came. */
    CSSLCFG: declare('+CSSLCFG', 'F1012', (command) => {
      const settings = contextSettings(name);
      return {
        test: command.test(...Object.entries(settings).map(([key, field]) => `"${key}",(0-9),${field.range}`)),
        read: command.read(linesOf(command.name, contextFields)),
        query: command.write(parameters({ context }), {}, lineOf(command.name, contextFields)),
        write: command.write(contextSetting(settings)),
      };
    }),

    /** F1013: store a certificate or key file, `>` before its bytes. */
    CCERTDOWN: declare('+CCERTDOWN', 'F1013', (command) => ({
      test: command.test(`(5-${profile.fileName}),(1-10240)`),
      write: command.write(parameters({ name, length: integer(1, 10240) }), { completion: 'prompt' }),
    })),

    /** F1014: the stored files; nothing but `OK` when there are none. */
    CCERTLIST: declare('+CCERTLIST', 'F1014', (command) => ({
      execute: command.execute({}, linesOf(command.name, parameters({ name: text(1, 256) }))),
    })),

    /** F1015: delete a stored file. */
    CCERTDELE: declare('+CCERTDELE', 'F1015', (command) => ({
      write: command.write(parameters({ name })),
    })),
  };
}

/** The commands of one family. */
export type CommandTable = ReturnType<typeof commandTable>;

type Forms = Readonly<Record<string, Form<never, unknown>>>;

function declare<F>(name: string, section: string, forms: (command: Command) => F): F & { readonly name: string } {
  const declared = forms(new Command(name, section)) as F & Forms;
  return Object.assign(declared, { name });
}

const openInformation: Codec<OpenInformation> = {
  format({ session: id, host, port, clientType, bindPort }) {
    const bind = bindPort === undefined ? '' : `,${bindPort}`;
    return host === '' ? `${id},"",,,` : `${id},"${host}",${port ?? 0},${clientType ?? 2}${bind}`;
  },
  parse(source) {
    const [id, host, port, type, bind] = splitParameters(source) ?? [];
    // Newer firmware lists a third session (field note 4).
    const known = parseInteger(id, 0, 2);
    if (known === undefined || host?.quoted !== true) return undefined;
    const value: OpenInformation = { session: known, host: host.text };
    const optionals = [
      ['port', parseInteger(port, 1, 65535)],
      ['clientType', parseInteger(type, 1, 2)],
      ['bindPort', parseInteger(bind, 1, 65535)],
    ] as const;
    for (const [key, number] of optionals) if (number !== undefined) value[key] = number;
    return value;
  },
};

const cachedLengths: Codec<{ cached: [number, number] }> = {
  format: ({ cached }) => `LEN,${cached.join(',')}`,
  parse(source) {
    const match = /^LEN\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})$/i.exec(source);
    return match ? { cached: [Number(match[1]), Number(match[2])] } : undefined;
  },
};

// Some firmware prints `<cid>,<ip>` (field note 4).
const address: Codec<{ address: string }> = {
  format: (value) => value.address,
  parse(source) {
    const found = splitParameters(source)?.at(-1)?.text;
    return found !== undefined && /^\d{1,3}(\.\d{1,3}){3}$/.test(found) ? { address: found } : undefined;
  },
};

const chosenContext: Codec<{ session: number; context?: number }> = {
  format: ({ session: id, context: index }) => `${id},${index ?? ''}`,
  parse(source) {
    const [id, index] = splitParameters(source) ?? [];
    const known = parseInteger(id, 0, 1);
    if (known === undefined || index === undefined) return undefined;
    if (index.text === '') return { session: known };
    const chosen = parseInteger(index, 0, 9);
    return chosen === undefined ? undefined : { session: known, context: chosen };
  },
};

const sendTimeout = parameters({ key: text(1, 20), session, value: integer(60, 150) });
const sslContext = parameters({ key: text(1, 20), session, value: context });

const sessionSetting: Codec<SessionSetting> = {
  format: (value) => (value.key === 'sendtimeout' ? sendTimeout : sslContext).format(value),
  parse(source) {
    const key = splitParameters(source)?.[0]?.text.toLowerCase();
    if (key !== 'sendtimeout' && key !== 'sslctx') return undefined;
    const value = (key === 'sendtimeout' ? sendTimeout : sslContext).parse(source);
    return value && { ...value, key };
  },
};

const contextFields: Codec<{ context: number; fields: string[] }> = {
  format: ({ context: index, fields }) => [index, ...fields].join(','),
  parse(source) {
    const [index, ...fields] = splitParameters(source) ?? [];
    const known = parseInteger(index, 0, 9);
    return known === undefined ? undefined : { context: known, fields: fields.map((field) => field.text) };
  },
};

function contextSettings(name: Field<string>): Record<ContextKey, Field<number> | Field<string>> {
  return {
    sslversion: integer(0, 4),
    authmode: integer(0, 3),
    ignorelocaltime: flag,
    negotiatetime: integer(10, 300),
    cacert: name,
    clientcert: name,
    clientkey: name,
    enableSNI: flag,
    keypwd: text(0, 128, { secret: true }),
    ciphersuites: hexadecimal([0x002f, 0xffff]),
  };
}

function contextSetting(settings: Record<ContextKey, Field<number> | Field<string>>): Codec<ContextSetting> {
  const keys = Object.keys(settings) as ContextKey[];
  const codecOf = (key: ContextKey) => parameters({ key: text(1, 20), context, value: settings[key] });
  return {
    format: (value) => codecOf(value.key).format(value),
    parse(source) {
      const given = splitParameters(source)?.[0];
      const key = keys.find((known) => known.toLowerCase() === given?.text.toLowerCase());
      if (key === undefined || given?.quoted !== true) return undefined;
      const value = codecOf(key).parse(source);
      return value && { key, context: value.context, value: value.value };
    },
  };
}
