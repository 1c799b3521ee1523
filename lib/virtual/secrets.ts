import { profiles, type ContextKey } from '../cch/table/index.js';
import { splitParameters } from '../wire/index.js';

const MASK = '***';

const number = String.raw`\d{1,2}`;
/** `SC`, `P2`: what a lock is about. */
const facility = String.raw`"?[A-Z][A-Z2]"?`;

/** Commands that carry a password or a PIN, and the parameters before it. */
const before: Readonly<Record<string, readonly string[]>> = {
  CPIN: [],
  CPWD: [facility],
  CLCK: [facility, number],
  CGAUTH: [number, number],
  CSOCKAUTH: [number, number],
};

const keys: readonly ContextKey[] = [...new Set(Object.values(profiles).flatMap(({ contextKeys }) => contextKeys))];
const harmlessKeys = keys.filter((key) => key !== 'keypwd' && key !== 'password').join('|');

const comma = String.raw`\s*,\s*`;
const equals = String.raw`\s*=\s*`;
/** Where a command ends: with its line, or where the next in it begins. */
const end = String.raw`\s*(?=;|$)`;
const question = String.raw`\s*(=\s*)?\?${end}`;

/** What may stand behind the name of a command. */
interface Forms {
  /** Forms without a secret. */
  readonly harmless: RegExp;
  /** What stands before the secret in the others. */
  readonly head: RegExp;
}

function formsOf(parameters: readonly string[]): Forms {
  // Also with the last of them left out.
  const some = parameters.reduceRight((rest, parameter, index) => {
    return `(${index === 0 ? equals : comma}${parameter}${rest})?`;
  }, '');
  return {
    harmless: new RegExp(`^(${question}|${some}${end})`, 'i'),
    head: new RegExp(`^${equals}${parameters.map((parameter) => parameter + comma).join('')}`, 'i'),
  };
}

/** The value of `password` is the name of a file, which is no secret; whoever writes a password there means `keypwd`. */
const fileName = String.raw`"[^"]*\.(pem|der)"${end}`;
const contextForms: Forms = {
  harmless: new RegExp(
    `^(${question}|${equals}${number}${end}|${equals}"?(${harmlessKeys})"?\\s*(?=[,;]|$)` +
      `|${equals}"?password"?${comma}${number}${comma}${fileName}|${end})`,
    'i',
  ),
  head: new RegExp(`^${equals}"?(keypwd|password)"?${comma}${number}${comma}`, 'i'),
};

const forms = new Map<string, Forms>([
  ...Object.entries(before).map(([name, parameters]) => [name, formsOf(parameters)] as const),
  ['CSSLCFG', contextForms],
]);
const names = new RegExp(String.raw`\+\s*(${[...forms.keys()].join('|')})(?![A-Z])`, 'gi');

/**
 * What the host wrote, from the first password or PIN on replaced. A command that carries one, in a form that is not
 * understood, is replaced from behind its name on. It need not begin with `AT`: noise may stand there.
 */
export function maskCommand(line: string): string {
  for (const { 0: found, 1: name = '', index } of line.matchAll(names)) {
    const known = forms.get(name.toUpperCase());
    const behind = index + found.length;
    const rest = line.slice(behind);
    if (!known || known.harmless.test(rest)) continue;
    const head = known.head.exec(rest)?.[0] ?? '';
    return line.slice(0, behind) + head + MASK;
  }
  return line;
}

/** What the module says, without the password in `+CSSLCFG: <n>,…`, and the user of `+CGAUTH: …`, who may be one. */
export function maskAnswer(line: string, columns: readonly ContextKey[]): string {
  const user = /^\+CGAUTH: *\d+,\d+,/.exec(line)?.[0];
  if (user !== undefined) return user + MASK;
  const [, name = '', text = ''] = /^(\+CSSLCFG: )(\d.*)$/.exec(line) ?? [];
  // The number of the context comes before the columns.
  const keyPassword = columns.indexOf('keypwd') + 1;
  if (name === '' || keyPassword === 0) return line;
  const fields = splitParameters(text);
  if (fields === undefined) return name + MASK;
  const masked = fields.map((field, index) => {
    const shown = index === keyPassword && field.text !== '' ? MASK : field.text;
    return field.quoted ? `"${shown}"` : shown;
  });
  return name + masked.join(',');
}
