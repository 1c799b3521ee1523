import { parseInteger, splitParameters } from '../../wire/index.js';
import type { Codec } from './codec.js';
import { listedName } from './file-name.js';
import type { ContextKey, Profile } from './profile.js';

/** What `AT+CCHOPEN?` says of one session; `host` is empty when it is not open. */
export interface OpenInformation {
  session: number;
  host: string;
  port?: number;
  clientType?: number;
  /** Local port; some families show it although none was asked for (field note 4). */
  bindPort?: number;
}

export const openInformation: Codec<OpenInformation> = {
  syntax: ['<session>,"<host>",<port>,<clientType>[,<bindPort>]', '<session>,"",,,'],
  format({ session, host, port, clientType, bindPort }) {
    const bind = bindPort === undefined ? '' : `,${bindPort}`;
    return host === '' ? `${session},"",,,` : `${session},"${host}",${port ?? 0},${clientType ?? 2}${bind}`;
  },
  parse(source) {
    const [id, host, port, type, bind] = splitParameters(source) ?? [];
    // Newer firmware lists a third session (field note 4).
    const session = parseInteger(id, 0, 2);
    if (session === undefined || host === undefined || (!host.quoted && host.text !== '')) return undefined;
    const value: OpenInformation = { session, host: host.text };
    const optionals = [
      ['port', port, 65535],
      ['clientType', type, 2],
      ['bindPort', bind, 65535],
    ] as const;
    for (const [key, parameter, max] of optionals) {
      if (parameter === undefined || parameter.text === '') continue;
      const number = parseInteger(parameter, 1, max);
      if (number === undefined) return undefined;
      value[key] = number;
    }
    return value;
  },
};

export const unsentLengths: Codec<{ unsent: [number, number] }> = {
  syntax: ['0,<unsent0>,1,<unsent1>'],
  format: ({ unsent }) => `0,${unsent[0]},1,${unsent[1]}`,
  parse(source) {
    const match = /^0\s*,\s*(\d{1,9})\s*,\s*1\s*,\s*(\d{1,9})$/.exec(source);
    return match ? { unsent: [Number(match[1]), Number(match[2])] } : undefined;
  },
};

export const cachedLengths: Codec<{ cached: [number, number] }> = {
  syntax: ['LEN,<cached0>,<cached1>'],
  format: ({ cached }) => `LEN,${cached.join(',')}`,
  parse(source) {
    const match = /^LEN\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})$/i.exec(source);
    return match ? { cached: [Number(match[1]), Number(match[2])] } : undefined;
  },
};

/** Some firmware names the PDP context before the address (field note 4). */
export const address: Codec<{ address: string; context?: number }> = {
  syntax: ['<address>', '<context>,<address>'],
  format: ({ address: given, context }) => (context === undefined ? given : `${context},${given}`),
  parse(source) {
    const given = splitParameters(source) ?? [];
    const found = given.at(-1)?.text ?? '';
    const context = parseInteger(given.length === 2 ? given[0] : undefined, 0, 99);
    if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(found) || given.length > (context === undefined ? 1 : 2)) return undefined;
    return { address: found, ...(context === undefined ? {} : { context }) };
  },
};

export const chosenContext: Codec<{ session: number; context?: number }> = {
  syntax: ['<session>,[<context>]'],
  format: ({ session, context }) => `${session},${context ?? ''}`,
  parse(source) {
    const [id, index, ...more] = splitParameters(source) ?? [];
    const session = parseInteger(id, 0, 1);
    if (session === undefined || index === undefined || more.length > 0) return undefined;
    if (index.text === '') return { session };
    const context = parseInteger(index, 0, 9);
    return context === undefined ? undefined : { session, context };
  },
};

/** What the read form tells of one SSL context. */
export interface ContextInformation {
  context: number;
  /** By the key that sets it. Empty when the module shows another number of fields than its family does. */
  settings: Partial<Record<ContextKey, number | string>>;
  /** The fields as they stood there, without quotes, when {@link settings} could not be read from them. */
  fields?: string[];
}

const files: readonly ContextKey[] = ['cacert', 'clientcert', 'clientkey', 'password'];

/** One context, its fields in the order of the family (F1012; field note 4). */
export function contextInformation({ contextColumns: columns, nameEncoding }: Profile): Codec<ContextInformation> {
  const names = listedName(nameEncoding);
  const isText = (key: ContextKey) => files.includes(key) || key === 'keypwd';
  const write = (key: ContextKey, value: number | string | undefined) => {
    if (key === 'ciphersuites') return `0x${Number(value).toString(16).toUpperCase().padStart(4, '0')}`;
    if (!isText(key)) return String(value);
    return files.includes(key) ? names.format(String(value), key) : `"${value ?? ''}"`;
  };
  return {
    syntax: [`<context>,${columns.map((key) => `<${key}>`).join(',')}`],
    secret: columns.includes('keypwd'),
    format: ({ context, settings, fields }) =>
      [context, ...(fields ?? columns.map((key) => write(key, settings[key])))].join(','),
    parse(source) {
      const [index, ...given] = splitParameters(source) ?? [];
      const context = parseInteger(index, 0, 9);
      if (context === undefined) return undefined;
      const settings: ContextInformation['settings'] = {};
      for (const [at, key] of columns.entries()) {
        const field = given[at];
        const named = field && files.includes(key) ? names.parse(field) : undefined;
        const value = isText(key) ? (named ?? field?.text) : numberOf(field?.text);
        if (value !== undefined) settings[key] = value;
      }
      const complete = given.length === columns.length && Object.keys(settings).length === columns.length;
      return complete ? { context, settings } : { context, settings: {}, fields: given.map(({ text }) => text) };
    },
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^(\d{1,9}|0x[0-9a-f]{1,4})$/i.test(text) ? Number(text) : undefined;
}
