import { commandTable, profiles, type Form, type Profile } from '../../lib/cch/table/index.js';

/** A form, whatever its types. */
export type AnyForm = Form<unknown, unknown>;

export const manual = profiles.manual.name;
export const otherFamilies = Object.values(profiles).filter(({ name }) => name !== manual);

/** The forms of a command in one family, by name. */
export function formsOf(profile: Profile, command: string): Record<string, AnyForm> {
  const table: Record<string, object> = commandTable(profile);
  const forms = Object.entries(table[command] ?? {}).filter(([name]) => name !== 'about');
  return Object.fromEntries(forms);
}

/** Names joined for a sentence: `` `a76xx` and `sim767x` ``. */
export function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`;
}

/** The families other than the manual's own in which something is the same, under what that is. */
export function groupFamilies(of: (form: AnyForm) => string, command: string, form: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const profile of otherFamilies) {
    const found = formsOf(profile, command)[form];
    const text = found === undefined ? '' : of(found);
    groups.set(text, [...(groups.get(text) ?? []), profile.name]);
  }
  return groups;
}

/** Each parameter with what it may be; those of a setting by its key. */
function parameterWords(form: AnyForm): Map<string, string> {
  const words = new Map<string, string>();
  for (const variant of form.parameters) {
    const key = variant.find(({ name }) => name === 'key')?.words.replaceAll("'", '');
    for (const { name, words: said } of variant) {
      if (name === 'key' || (key !== undefined && name !== 'value')) continue;
      words.set(key ?? name, said);
    }
  }
  return words;
}

/** How a family's parameters differ from the manual's, as sentences without an end; empty when they do not. */
export function parameterDifferences(base: AnyForm, other: AnyForm): string {
  if (base.missing !== undefined || other.missing !== undefined) return '';
  const [before, after] = [parameterWords(base), parameterWords(other)];
  const missing = [...before.keys()].filter((name) => !after.has(name));
  const changed = new Map<string, string[]>();
  for (const [name, words] of after) {
    if (before.get(name) !== words) changed.set(words, [...(changed.get(words) ?? []), name]);
  }
  const said = [...changed].map(
    ([words, names]) => `${listed(names)} ${names.length === 1 ? 'is' : 'are each'} ${words}`,
  );
  if (missing.length > 0) said.unshift(`without ${listed(missing)}`);
  return said.join('; ');
}

/** What the information lines of a family look like, where they differ from the manual's. */
export function answerDifferences(base: AnyForm, other: AnyForm): string {
  const same = base.answer.syntax.join('\n') === other.answer.syntax.join('\n');
  return same ? '' : other.answer.syntax.map((line) => `\`${line}\``).join(', ');
}
