import { expect } from 'chai';
import { commandTable, profiles, type CommandTable, type ProfileName } from '../../../lib/cch/index.js';
import type { ModemError } from '../../../lib/index.js';
import { Rig, rejection, type RigOptions } from '../../support/rig.js';

/** Every form of every command: `CCHOPEN.test`. The table of each family has the same. */
export const cells = Object.entries(commandTable(profiles.manual)).flatMap(([command, { about: _about, ...forms }]) =>
  Object.keys(forms).map((form) => `${command}.${form}`),
);

/** The cells that a spec was declared for. */
export const specified = new Set<string>();

type FormOf<N extends keyof CommandTable> = Exclude<keyof CommandTable[N], 'about'> & string;

/** Declares a spec for one form of one command, on a rig of its own. */
export function cell<N extends keyof CommandTable>(
  command: N,
  form: FormOf<N>,
  what: string,
  run: (rig: Rig) => Promise<void>,
  options: RigOptions = {},
): void {
  specified.add(`${command}.${form}`);
  it(`${command}.${form} ${what}`, async () => {
    const rig = await Rig.open(options);
    try {
      await run(rig);
    } finally {
      await rig.close();
    }
  });
}

export const families = Object.keys(profiles) as ProfileName[];
export const on = (profile: ProfileName): RigOptions => ({ virtual: { profile } });
/** For what a host should not do, and a user may all the same. */
export const daring: RigOptions = { mayBreakRules: true };

/** What the module has received since it was set up, secrets masked. */
export function received(rig: Rig): string[] {
  return rig.virtual.log.filter(({ direction }) => direction === 'host').map(({ text }) => text);
}

/** The error of a call that was refused; nothing was written for it, and nothing comes after it. */
export async function unwritten(
  rig: Rig,
  call: () => Promise<unknown>,
  code = 'ERR_INVALID_ARG_VALUE',
): Promise<ModemError> {
  const before = received(rig).length;
  const error = await rejection(call());
  expect(error.code, error.message).to.equal(code);
  await rig.modem.ssl.CCHMODE.read();
  // A socket may ask what is cached.
  const after = received(rig).slice(before);
  expect(after.filter((line) => line !== 'AT+CCHRECV?')).to.deep.equal(['AT+CCHMODE?']);
  return error as ModemError;
}

/** The error of a call that the module refused, or that ended with a result number. */
export async function failed(call: Promise<unknown>, code: string, number?: number): Promise<ModemError> {
  const error = (await rejection(call)) as ModemError;
  expect({ code: error.code, number: error.result?.number }, error.message).to.deep.equal({ code, number });
  return error;
}

/** The next unsolicited line that begins so; ask before what brings it. */
export function next({ modem }: Rig, prefix: string): Promise<string> {
  return new Promise((resolve) => {
    const end = modem.at.on(prefix, (line) => {
      end();
      resolve(line);
    });
  });
}
