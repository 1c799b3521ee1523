import { commandTable, profiles, type Form, type Profile, type ProfileName } from '../../lib/cch/table/index.js';

/** What the golden transcripts must show at least once, each under the text that a transcript names it by. */
export interface Cell {
  readonly name: string;
  /** How a transcript names it. Default: by its name. */
  readonly named?: string;
  /** What a host line of the transcript must look like. */
  readonly written?: RegExp;
  /** What must stand in what the module says. */
  readonly answered?: RegExp;
  /** Families in which it is to be shown. Default: any. */
  readonly profiles?: readonly ProfileName[];
  /** Where it cannot be shown: the driver writes no form that its family lacks, and no value out of range. */
  readonly only?: 'driver' | 'virtual';
}

interface Listed {
  profile: ProfileName;
  command: string;
  kind: string;
  form: Form<unknown, unknown>;
}

const listed: Listed[] = Object.values(profiles).flatMap((profile) =>
  Object.entries(commandTable(profile)).flatMap(([command, { about: _about, ...forms }]) =>
    Object.entries(forms).map(([kind, form]) => ({
      profile: profile.name,
      command,
      kind,
      form: form as Listed['form'],
    })),
  ),
);

/** Every way to write a syntax: with and without what stands in brackets. */
function expanded(syntax: string): string[] {
  const at = syntax.indexOf('[');
  if (at < 0) return [syntax];
  const inner = syntax.slice(at + 1, syntax.lastIndexOf(']'));
  return [syntax.slice(0, at), ...expanded(inner).map((more) => syntax.slice(0, at) + more)];
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What a syntax looks like as bytes. */
function shapeOf(syntax: string): string {
  return escaped(syntax).replace(/"?<\w+>"?/g, '\\s*(?:(?:\\{non-ascii\\})?"[^"]*""?|[^",\\r\\n]+)\\s*');
}

/** Every way to write every form: `AT+CCHSEND=<session>,<length>`, one for each key and each parameter left out. */
function commandCells(): Cell[] {
  const cells = listed.flatMap(({ profile, form }) =>
    form.syntax.flatMap(expanded).map((syntax): Cell & { profile: ProfileName } => {
      const written = new RegExp(`^${shapeOf(syntax)}\\r`, 'i');
      if (form.missing === undefined) return { name: syntax, written, profile };
      return { name: `${syntax} refused`, written, answered: /^\r\nERROR\r\n/, only: 'virtual', profile };
    }),
  );
  return merged(cells);
}

/** Cells of the same name as one, shown in any of their families. */
function merged(cells: readonly (Cell & { profile: ProfileName })[]): Cell[] {
  const byName = new Map<string, Cell & { profiles: ProfileName[] }>();
  for (const { profile, ...cell } of cells) {
    const known = byName.get(cell.name);
    if (known) known.profiles.push(profile);
    else byName.set(cell.name, { ...cell, profiles: [profile] });
  }
  return [...byName.values()];
}

/** Every line that some family answers: `AT+CCHADDR → +CCHADDR: <address>`; the transcript names the command. */
function answerCells(): Cell[] {
  const cells = listed.flatMap(({ profile, form: { syntax, answer, kind } }) =>
    answer.syntax
      .flatMap((line) => (kind === 'test' ? [line] : expanded(line)))
      .map((line) => ({
        name: `${syntax.join()} → ${line}`,
        named: syntax.join(),
        written: new RegExp(`^${shapeOf(syntax.join())}\\r`, 'i'),
        answered: new RegExp(`\\r\\n${kind === 'test' ? escaped(line) : shapeOf(line)}\\r\\n`),
        profile,
      })),
  );
  return merged(cells);
}

/** Keys of AT+CSSLCFG that other families know are refused. */
function strangerCells(): Cell[] {
  const keys = [...new Set(Object.values(profiles).flatMap(({ contextKeys }) => contextKeys))];
  return Object.values(profiles).flatMap(({ name, contextKeys }) =>
    keys
      .filter((key) => !contextKeys.includes(key))
      .map((key): Cell => ({
        name: `AT+CSSLCFG="${key}" refused in ${name}`,
        named: 'keys of other families',
        written: new RegExp(`^AT\\+CSSLCFG="${key}",`),
        answered: /^\r\nERROR\r\n/,
        profiles: [name],
        only: 'virtual',
      })),
  );
}

type Shown = Pick<Cell, 'written' | 'answered'>;

const startFailed = { OK: /^\r\nOK\r\n\r\n\+CCHSTART: [1-9]/, ERROR: /^\r\nERROR\r\n\r\n\+CCHSTART: [1-9]/ };
const openFailed = /^\r\nOK\r\n\r\n\+CCHOPEN: 0,[1-9]\d?\r\n/;
const opens = /^AT\+CCHOPEN=/;

/** How it shows what a family does. */
function facts(profile: Profile): Readonly<Record<string, Shown>> {
  const { openRead, nameEncoding, receiveEvent, serviceStopped, prompt, startFailure, zeroRead } = profile;
  const openLines = { 'open-only': 1, both: 2, three: 3 }[openRead];
  return {
    [`openRead: ${openRead}`]: {
      written: /^AT\+CCHOPEN\?/,
      answered: new RegExp(`^\\r\\n(\\+CCHOPEN: \\d,.*\\r\\n){${openLines}}\\r\\nOK\\r\\n`),
    },
    [`nameEncoding: ${nameEncoding}`]: {
      written: /^AT\+CCERTLIST\r/,
      answered: nameEncoding === 'entities' ? /"&#x4E2D;/ : /"\xe4\xb8\xad/,
    },
    [`receiveEvent: ${receiveEvent}`]: { answered: new RegExp(`\\+CCHEVENT: \\d,${receiveEvent}\\r\\n`) },
    [`serviceStopped: ${serviceStopped}`]: { answered: new RegExp(`${escaped(serviceStopped)}\\r\\n`) },
    [`prompt: ${JSON.stringify(prompt)}`]: { written: /^AT\+CCHSEND=/, answered: new RegExp(`^\\r\\n${prompt}$`) },
    [`startFailure: ${startFailure}`]: { written: /^AT\+CCHSTART/, answered: startFailed[startFailure] },
    [`zeroRead: ${zeroRead}`]: {
      written: /^AT\+CCHRECV=0,0\r/,
      answered: zeroRead === 2048 ? /DATA,0,2048\r\n[^+]*\+CCHRECV: 0,0/ : /(DATA,0,1024\r\n[^+]*\+CCHRECV: ){2}DATA/,
    },
    [`closeAfterFailedOpen: ${profile.closeAfterFailedOpen}`]: {
      written: opens,
      answered: new RegExp(openFailed.source + (profile.closeAfterFailedOpen ? '\\r\\n\\+CCHCLOSE: 0,' : '$')),
    },
    [`addressNamesContext: ${profile.addressNamesContext}`]: {
      written: /^AT\+CCHADDR\r/,
      answered: profile.addressNamesContext ? /\+CCHADDR: \d,/ : /\+CCHADDR: \d+\./,
    },
  };
}

/** What families do differently: each way must be shown in a family that has it. */
function profileCells(): Cell[] {
  const cells = Object.values(profiles).flatMap((profile) =>
    Object.entries(facts(profile)).map(([name, shown]) => ({ name, ...shown, profile: profile.name })),
  );
  return merged(cells);
}

const error = /^\r\nERROR\r\n/;

/** The two orders of `OK` and a result. */
const orders = (name: string) => ({
  okFirst: new RegExp(`^\\r\\nOK\\r\\n\\r\\n\\${name}: [\\d,]*0\\r\\n`),
  resultFirst: new RegExp(`^\\r\\n\\${name}: [\\d,]*0\\r\\n\\r\\nOK\\r\\n`),
});

function lettered(form: string, written: RegExp, answers: Readonly<Record<string, RegExp>>): Cell[] {
  return Object.entries(answers).map(([letter, answered]) => ({ name: `${form} ${letter}`, written, answered }));
}

/** `a)` carried out, `b)` refused. */
function refusable(section: string, command: string, key = ''): Cell[] {
  const written = new RegExp(`^AT\\+${escaped(command)}`);
  return lettered(`${section} W)${key === '' ? '' : ` ${key}`}`, written, { a: /^\r\nOK\r\n/, b: error });
}

const [starts, stops, opened, closed] = ['+CCHSTART', '+CCHSTOP', '+CCHOPEN', '+CCHCLOSE'].map(orders) as [
  ReturnType<typeof orders>,
  ReturnType<typeof orders>,
  ReturnType<typeof orders>,
  ReturnType<typeof orders>,
];

/** The ways in which the manual says that a form is answered, by its own letters. */
const responses: readonly Cell[] = [
  ...lettered('F1001 E)', /^AT\+CCHSTART\r/, { a: starts.okFirst, b: starts.resultFirst, c: error, d: startFailed.OK }),
  ...lettered('F1002 E)', /^AT\+CCHSTOP\r/, { a: stops.resultFirst, b: stops.okFirst, c: error }),
  ...lettered('F1003 W)', opens, { a: opened.resultFirst, b: opened.okFirst, d: openFailed, e: error }),
  ...lettered('F1003 W)', opens, { c: /^\r\nCONNECT 115200\r\n/, f: /^\r\nCONNECT FAIL\r\n/ }),
  ...lettered('F1004 W)', /^AT\+CCHCLOSE=/, { a: closed.resultFirst, b: closed.okFirst, d: error }),
  // A close in transparent mode follows an escape sequence, which a second of silence stands before.
  { name: 'F1004 W) c', written: /^AT\+CCHCLOSE=/, answered: /^\r\nOK\r\n\r\nCLOSED\r\n/, only: 'driver' },
  ...lettered('F1005 W)', /^AT\+CCHSEND=/, { a: /^\r\n>/, b: error }),
  ...lettered('F1006 W)', /^AT\+CCHRECV=/, { a: /^\r\nOK\r\n[^]*DATA,/, b: /^\r\n\+CCHRECV: \d,\d+\r\n\r\nERROR\r\n/ }),
  ...['"sendtimeout"', '"sslctx"'].flatMap((key) => refusable('F1008', `CCHCFG=${key}`, key)),
  ...refusable('F1009', 'CCHSSLCFG='),
  ...refusable('F1010', 'CCHMODE='),
  ...refusable('F1011', 'CCHSET='),
  ...profiles.manual.contextKeys.flatMap((key) => refusable('F1012', `CSSLCFG="${key}"`, `"${key}"`)),
  ...lettered('F1013 W)', /^AT\+CCERTDOWN=/, { a: /^\r\n>/, b: error }),
  ...lettered('F1014 E)', /^AT\+CCERTLIST\r/, { none: /^\r\nOK\r\n$/, some: /\+CCERTLIST: / }),
  ...refusable('F1015', 'CCERTDELE='),
];

const text = (bytes: number) => `"[^"\\r]{${bytes}}"`;
const named = (bytes: number, extension: string) => `"[^"\\r]{${bytes - 4}}\\.${extension}"`;
const limit = (name: string, command: string, answered?: RegExp): Cell => ({
  name,
  written: new RegExp(`^AT\\+${command}\\r`),
  ...(answered && { answered }),
});

/** The ends of what the manual allows. */
const limits: readonly Cell[] = [
  limit('host of 1 byte', `CCHOPEN=0,${text(1)},\\d+.*`),
  limit('host of 256 bytes', `CCHOPEN=0,${text(256)},\\d+.*`),
  limit('plain TCP', 'CCHOPEN=\\d,[^,]+,\\d+,1(,\\d+)?'),
  limit('TLS', 'CCHOPEN=\\d,[^,]+,\\d+,2(,\\d+)?'),
  limit('send of 1 byte', 'CCHSEND=\\d,1', /^\r\n> ?/),
  limit('send of 2048 bytes', 'CCHSEND=\\d,2048', /^\r\n> ?/),
  limit('read of length 0', 'CCHRECV=\\d,0', /^\r\nOK\r\n\r\n\+CCHRECV: DATA,/),
  limit('file of 1 byte', 'CCERTDOWN="[^"]+",1', /^\r\n> ?/),
  limit('file of 10240 bytes', 'CCERTDOWN="[^"]+",10240', /^\r\n> ?/),
  limit('.pem name of 5 characters', `CCERTDOWN=${named(5, 'pem')},\\d+`, /^\r\n> ?/),
  limit('.der name of 5 characters', `CCERTDOWN=${named(5, 'der')},\\d+`, /^\r\n> ?/),
  limit('.pem name of 128 characters', `CCERTDOWN=${named(128, 'pem')},\\d+`, /^\r\n> ?/),
  limit('.der name of 128 characters', `CCERTDOWN=${named(128, 'der')},\\d+`, /^\r\n> ?/),
  ...['CCERTDOWN=', 'CCERTDELE=', 'CSSLCFG="cacert",\\d,', 'CSSLCFG="clientcert",\\d,', 'CSSLCFG="clientkey",\\d,'].map(
    (command) =>
      limit(`{non-ascii} in ${command.replace('\\d', '<context>')}`, `${command}\\{non-ascii\\}"[0-9A-F]+".*`),
  ),
];

/** Every cell of the chapter, built from the command table, the profiles and the manual's lists of responses. */
export const cells: readonly Cell[] = [
  ...commandCells(),
  ...answerCells(),
  ...strangerCells(),
  ...profileCells(),
  ...responses,
  ...limits,
];

/** Whether the bytes of a transcript show a cell: a host line as it must look, and what the module says to it. */
export function shows(cell: Cell, turns: readonly { from: 'host' | 'modem'; bytes: Buffer }[]): boolean {
  let line = '';
  let answer = '';
  const matches = () => (cell.written?.test(line) ?? true) && (cell.answered?.test(answer) ?? true);
  for (const { from, bytes } of turns) {
    if (from === 'modem') answer += bytes.toString('latin1');
    else if (matches()) return true;
    else [line, answer] = [bytes.toString('latin1'), ''];
  }
  return matches();
}
