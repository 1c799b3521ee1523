import type { ProfileName } from '../../../lib/cch/table/index.js';

/**
 * What the manual and the field notes say that each form takes, written down a second time and apart from the table, so
 * that the specs have something to hold it against.
 */
export type Parameter = (
  | { kind: 'number'; min: number; max: number; listed?: true }
  | { kind: 'hexadecimal'; choices: readonly number[] }
  | { kind: 'text'; min: number; max: number; word?: string }
  | { kind: 'file'; max: number; encoding: 'utf-8' | 'entities' }
) & { name: string; optional?: true | undefined };

/** One list of parameters; behind a key in quotes where the form has keys. */
export interface Row {
  key?: string;
  parameters: readonly Parameter[];
}

/** What a form takes: nothing, rows of which each is one way to write it, or rows that this family refuses. */
export type Request = 'bare' | { rows: readonly Row[]; missing?: true };

const number = (name: string, min: number, max: number): Parameter => ({ kind: 'number', name, min, max });
const flag = (name: string): Parameter => ({ kind: 'number', name, min: 0, max: 1, listed: true });
const session = number('session', 0, 1);
const context = number('context', 0, 9);
const port = number('port', 1, 65535);

const keysOfAll = [
  'sslversion',
  'authmode',
  'ignorelocaltime',
  'negotiatetime',
  'cacert',
  'clientcert',
  'clientkey',
  'enableSNI',
];
const later = ['password', 'ignorecertCN', 'use_tickets', 'ciphersuites'];

/** F1012 and field note 4. */
const manual = {
  fileName: 128,
  encoding: 'utf-8' as 'utf-8' | 'entities',
  longestRead: 1024 * 1024,
  versions: 5,
  keys: [...keysOfAll, 'keypwd', 'ciphersuites'],
  columns: [...keysOfAll, 'keypwd', 'ciphersuites'],
  start: false,
  stop: false,
};
const a76xx: typeof manual = {
  ...manual,
  fileName: 108,
  encoding: 'entities',
  longestRead: 2048,
  keys: [...keysOfAll, 'password'],
  columns: keysOfAll,
  start: true,
};
const sim767x: typeof manual = {
  ...a76xx,
  fileName: 55,
  versions: 3,
  keys: [...keysOfAll, ...later],
  columns: [...keysOfAll.slice(0, 7), 'password', 'enableSNI', ...later.slice(1)],
  stop: true,
};
export const families: Readonly<Record<ProfileName, typeof manual>> = { manual, sim7600: manual, a76xx, sim767x };

/** Every key of AT+CSSLCFG that some family knows. */
export const allKeys = [...new Set(Object.values(families).flatMap(({ keys }) => keys))];

function contextValue(key: string, family: typeof manual): Parameter {
  switch (key) {
    case 'sslversion':
      return number('value', 0, family.versions - 1);
    case 'authmode':
      return number('value', 0, 3);
    case 'negotiatetime':
      return number('value', 10, 300);
    case 'keypwd':
      return { kind: 'text', name: 'value', min: 0, max: 128 };
    case 'ciphersuites':
      return { kind: 'hexadecimal', name: 'value', choices: [0x002f, 0xffff] };
    case 'cacert':
    case 'clientcert':
    case 'clientkey':
    case 'password':
      return { kind: 'file', name: 'value', max: family.fileName, encoding: family.encoding };
    default:
      return flag('value');
  }
}

const rows = (...parameters: Parameter[]): Request => ({ rows: [{ parameters }] });
const where = (exists: boolean, request: Request): Request =>
  exists || request === 'bare' ? request : { ...request, missing: true };

/** By command and form, as the table names them. */
export function requests(profile: ProfileName): Readonly<Record<string, Readonly<Record<string, Request>>>> {
  const family = families[profile];
  const pdp = rows(number('context', 1, 15));
  const name: Parameter = { kind: 'file', name: 'name', max: family.fileName, encoding: family.encoding };
  const sendtimeout = { ...number('value', 60, 150) };
  return {
    CCHSTART: { execute: 'bare', write: where(family.start, pdp) },
    CCHSTOP: { execute: 'bare', write: where(family.stop, pdp) },
    CCHOPEN: {
      test: 'bare',
      read: 'bare',
      write: rows(
        session,
        { kind: 'text', name: 'host', min: 1, max: 256, word: 'ADDRESS' },
        port,
        { ...number('clientType', 1, 2), optional: true },
        { ...port, name: 'bindPort', optional: true },
      ),
    },
    CCHCLOSE: { write: rows(session) },
    CCHSEND: { test: 'bare', read: 'bare', write: rows(session, number('length', 1, 2048)) },
    CCHRECV: {
      read: 'bare',
      write: rows(session, { ...number('length', 0, family.longestRead), optional: true }),
    },
    CCHADDR: { execute: 'bare' },
    CCHCFG: {
      test: 'bare',
      read: 'bare',
      write: {
        rows: [
          { key: 'sendtimeout', parameters: [session, sendtimeout] },
          { key: 'sslctx', parameters: [session, number('value', 0, 9)] },
        ],
      },
    },
    CCHSSLCFG: { test: 'bare', read: 'bare', write: rows(session, context) },
    CCHMODE: { test: 'bare', read: 'bare', write: rows(number('mode', 0, 1)) },
    CCHSET: { test: 'bare', read: 'bare', write: rows(number('report', 0, 1), { ...flag('receive'), optional: true }) },
    CSSLCFG: {
      test: 'bare',
      read: 'bare',
      query: rows(context),
      write: { rows: family.keys.map((key) => ({ key, parameters: [context, contextValue(key, family)] })) },
    },
    CCERTDOWN: { test: 'bare', write: rows(name, number('length', 1, 10240)) },
    CCERTLIST: { execute: 'bare' },
    CCERTDELE: { write: rows(name) },
  };
}
