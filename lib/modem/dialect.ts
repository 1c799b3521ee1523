import type { AtChannel } from '../at/index.js';
import {
  commandTable,
  profileOfModel,
  profiles,
  run,
  versionsOfManual,
  type Profile,
  type ProfileName,
} from '../cch/index.js';
import { codeOf } from '../errors/index.js';

/**
 * The dialect that a module speaks: that of its family, which its model tells where the user does not; and, where firmware
 * of one family differs, what its own test form says.
 */
export async function dialectOf(channel: AtChannel, given: ProfileName | undefined, model: string): Promise<Profile> {
  const profile = given ? profiles[given] : profileOfModel(model);
  if (profile.name !== 'sim767x') return profile;
  // Firmware without TLS 1.3 numbers the versions as the manual does (field note 4), and shows five of them. When nobody
  // knows, the manual's numbers are the safe ones: other firmware refuses those that would mean something else.
  const newest = await largestVersion(channel, profile);
  return newest === profile.versions.length - 1 ? profile : { ...profile, versions: versionsOfManual };
}

async function largestVersion(channel: AtChannel, profile: Profile): Promise<number | undefined> {
  try {
    const { sslversion } = await run(channel, commandTable(profile).CSSLCFG.test, {});
    return sslversion?.value.max;
  } catch (error) {
    if (codeOf(error) === 'ERR_MODEM_COMMAND' || codeOf(error) === 'ERR_MODEM_LINE') return undefined;
    throw error;
  }
}
