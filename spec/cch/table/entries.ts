import { commandTable, profiles, type Form, type ProfileName } from '../../../lib/cch/table/index.js';

/** A form of the table, whatever its types. */
export type AnyForm = Form<unknown, unknown>;

/** One form of one command of one family. */
export interface Entry {
  profile: ProfileName;
  command: string;
  form: string;
  entry: AnyForm;
}

/** Every form of every command of every family. */
export const entries: readonly Entry[] = Object.values(profiles).flatMap((profile) =>
  Object.entries(commandTable(profile)).flatMap(([command, { about: _about, ...forms }]) =>
    Object.entries(forms).map(([form, entry]) => ({
      profile: profile.name,
      command,
      form,
      entry: entry as AnyForm,
    })),
  ),
);

/** The forms of a family that read a command as theirs. */
export function takersOf(profile: ProfileName, text: string): string[] {
  return entries
    .filter((other) => other.profile === profile && other.entry.parse(text) !== undefined)
    .map(({ command, form }) => `${command} ${form}`);
}

/** For one seed a run, printed in the title of each group; `FC_SEED` repeats it. */
export const seed = Number(process.env['FC_SEED'] ?? Date.now() & 0x7fffffff);
