import { invalidArgument } from '../../errors/index.js';
import { quote } from '../../wire/index.js';
import { isWellFormed, type Field } from './field.js';
import { formatAllowed, type Range } from './range.js';

/**
 * How a family writes what is not ASCII in a file name: as its bytes of UTF-8, or as HTML entities (`&#x4E2D;`). The prose
 * of F1013 says the one, its example is the other; lists show the one on a 7600 and the other on A76 and 767 (field note
 * 4). Both are understood when read.
 */
export type NameEncoding = 'utf-8' | 'entities';

const ascii = /^[\u0020-\u007e]*$/;
const entity = /&#x([0-9a-f]{2,6});/gi;

/**
 * Name of a certificate or key file: 5 to `max` bytes, ending in `.pem` or `.der` (F1013). One that is not ASCII is
 * written `{non-ascii}"<hexadecimal of its bytes>"`.
 */
export function fileName(max: number, encoding: NameEncoding): Field<string, Range> {
  const allowed = { min: 5, max };
  const fits = (value: string) => {
    const { length } = encodeName(value, encoding);
    return length >= 5 && length <= max;
  };
  const typed = (value: string) => /\.(pem|der)$/i.test(value);
  return {
    allowed,
    range: formatAllowed(allowed),
    words: `a name of 5 to ${max} bytes that ends in '.pem' or '.der'`,
    optional: false,
    format(value, name) {
      if (!isWellFormed(value)) throw invalidArgument(name, 'it must be a string of whole characters', value);
      const quoted = quote(value, name);
      if (!typed(value)) throw invalidArgument(name, "it must end in '.pem' or '.der'", value);
      if (!fits(value)) throw invalidArgument(name, `it must be 5 to ${max} bytes long`, value);
      if (!isText(value)) throw invalidArgument(name, 'it must be valid text with no entity in it', value);
      return ascii.test(value) ? quoted : `{non-ascii}"${encodeName(value, encoding).toString('hex').toUpperCase()}"`;
    },
    parse(parameter) {
      if (!parameter.quoted) return undefined;
      const value = parameter.prefix ? nameOfHexadecimal(parameter) : decodeName(parameter.text);
      return value !== undefined && typed(value) && fits(value) && isText(value) ? value : undefined;
    },
  };
}

/** Name of a file in a list: whatever stands there, its entities resolved. */
export function listedName(encoding: NameEncoding): Field<string, Range> {
  const allowed = { min: 1, max: 1024 };
  return {
    allowed,
    range: formatAllowed(allowed),
    words: 'a name',
    optional: false,
    format: (value, name) => quote(encodeName(value, encoding).toString(), name),
    parse: ({ quoted, text }) => (quoted && text !== '' ? decodeName(text) : undefined),
  };
}

function encodeName(name: string, encoding: NameEncoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(name);
  const written = Array.from(name, (character) => (ascii.test(character) ? character : entityOf(character)));
  return Buffer.from(written.join(''));
}

function entityOf(character: string): string {
  return `&#x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')};`;
}

/** Only of what is not ASCII: `&#x41;` in a name is just that. */
function decodeName(name: string): string {
  return name.replace(entity, (whole, digits: string) => {
    const code = parseInt(digits, 16);
    const valid = code > 0x9f && code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff);
    return valid ? String.fromCodePoint(code) : whole;
  });
}

function nameOfHexadecimal({ prefix, text }: { prefix?: string | undefined; text: string }): string | undefined {
  if (prefix?.toLowerCase() !== '{non-ascii}' || !/^([0-9a-f]{2})+$/i.test(text)) return undefined;
  const bytes = Buffer.from(text, 'hex');
  return decodeName(bytes.toString());
}

/** Whether a name survives being written and read: no control character, no half of a pair, no entity of its own. */
function isText(name: string): boolean {
  return !/["\u0000-\u001f\u007f-\u009f\ufffd]/.test(name) && isWellFormed(name) && decodeName(name) === name;
}
