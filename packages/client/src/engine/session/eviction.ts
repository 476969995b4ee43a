import type { Profile, Profiles } from '../../store/profiles.js';
import { readAccount } from './account-record.js';
import type { Entered } from './entering.js';

/** Whether a browser gave up the key store of a device: nobody can go on as that device. */
export async function isEvicted({ stores }: Entered): Promise<boolean> {
  return (await readAccount(stores.keys)) === undefined;
}

/** Forgets a device whose keys are gone; what else was here of it can be read by nobody. @param open its stores, if they are */
export async function forgetDevice(profiles: Profiles, profile: Profile, open?: Entered): Promise<void> {
  await open?.stores.keys.close();
  await open?.stores.messages.close();
  await profiles.remove(profile.account);
}

/**
 * Forgets a locked device whose keys are gone. Without its store key that is seen by the names alone.
 * @returns whether it did
 */
export async function forgetIfEvicted(profiles: Profiles, profile: Profile): Promise<boolean> {
  const stores = await profiles.openStores(profile.account, new Uint8Array(32));
  const isThere = await stores.keys.list('account').then(
    (entries) => entries.length > 0,
    // Something is there, sealed under a key that nobody gave.
    () => true,
  );
  if (isThere) {
    await stores.keys.close();
    await stores.messages.close();
  } else await forgetDevice(profiles, profile, { stores, person: null });
  return !isThere;
}
