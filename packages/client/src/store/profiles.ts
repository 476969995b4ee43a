import { type AccountId, type DeviceId, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { StoreKeyring } from './device-lock.js';
import type { DeviceStores } from './stores.js';

/** An account that has a device in this place. Readable while locked, so it names nothing but who may sign in. */
export interface Profile {
  readonly account: AccountId;
  readonly username: string;
  readonly device: DeviceId;
  /** SHA-256 of the address in lower case: tells whether somebody signing in by it has a device here. */
  readonly emailHash: Uint8Array;
  /** Another copy of this device goes on: here it has to be linked anew. */
  readonly overtaken: boolean;
}

/** The highest versions of an account's vault and device list that were seen in this place: neither ever goes back. */
export interface SeenHere {
  readonly vault: number;
  readonly list: number;
}

const profilesSchema = v.strictObject({
  v: v.literal(1),
  /** Who was signed in last. */
  current: v.nullable(schemas.accountId),
  profiles: v.array(
    v.strictObject({
      account: schemas.accountId,
      username: v.string(),
      device: schemas.deviceId,
      emailHash: schemas.bytesOf(32),
      overtaken: v.boolean(),
    }),
  ),
  /** Outlives a device that is replaced by another one, so that nothing old passes for new then. */
  seen: v.array(v.strictObject({ account: schemas.accountId, vault: schemas.count, list: schemas.count })),
});
type ProfilesRecord = v.InferOutput<typeof profilesSchema>;

/** Where a place keeps its profiles and each one's keyring and stores. */
export interface ProfilePlace {
  read(): Promise<Uint8Array | undefined>;
  /** Strictly durable. */
  write(record: Uint8Array): Promise<void>;
  /** Deletes the record: nobody was ever here. */
  clear(): Promise<void>;
  openKeyring(account: AccountId): Promise<StoreKeyring>;
  openStores(account: AccountId, storeKey: Uint8Array): Promise<DeviceStores>;
  /** Deletes an account's stores, whether they can be opened or not. They are closed. */
  destroyStores(account: AccountId): Promise<void>;
}

/** The accounts with a device in this browser or folder. Each has stores of its own; one is signed in at a time. */
export class Profiles {
  readonly #place: ProfilePlace;
  #last: Promise<unknown> = Promise.resolve();

  constructor(place: ProfilePlace) {
    this.#place = place;
  }

  async current(): Promise<Profile | undefined> {
    const { current, profiles } = await this.#read();
    return profiles.find(({ account }) => account === current);
  }

  /** The profile that a username or address would sign in to. */
  async forLogin(login: string): Promise<Profile | undefined> {
    const name = login.trim().toLowerCase();
    const hash = await emailHash(name);
    const { profiles } = await this.#read();
    return profiles.find((profile) => profile.username === name || isSame(profile.emailHash, hash));
  }

  /** Adds or replaces an account's profile and makes it the current one. */
  async use(profile: Omit<Profile, 'emailHash' | 'overtaken'> & { readonly email: string }): Promise<void> {
    const { account, username, device } = profile;
    const hash = await emailHash(profile.email);
    await this.#change(({ profiles, ...rest }) => {
      const overtaken = profiles.some((known) => known.device === device && known.overtaken);
      const added = { account, username, device, emailHash: hash, overtaken };
      const others = profiles.filter((other) => other.account !== account);
      return { ...rest, current: account, profiles: [...others, added] };
    });
  }

  /** What was seen of an account here, whether it has a device here or not. */
  async seen(account: AccountId): Promise<SeenHere> {
    const { seen } = await this.#read();
    return seen.find((one) => one.account === account) ?? { vault: 0, list: 0 };
  }

  /** Remembers what was seen, where it is higher. */
  async saw(account: AccountId, { vault, list }: SeenHere): Promise<void> {
    const known = await this.seen(account);
    if (vault <= known.vault && list <= known.list) return;
    await this.#change(({ seen, ...rest }) => {
      const before = seen.find((one) => one.account === account) ?? { vault: 0, list: 0 };
      const after = { account, vault: Math.max(vault, before.vault), list: Math.max(list, before.list) };
      return { ...rest, seen: [...seen.filter((one) => one.account !== account), after] };
    });
  }

  /** Remembers that another copy of this account's device goes on. */
  async overtaken(account: AccountId): Promise<void> {
    await this.#change((record) => ({
      ...record,
      profiles: record.profiles.map((profile) =>
        profile.account === account ? { ...profile, overtaken: true } : profile,
      ),
    }));
  }

  /** Deletes an account's keyring, stores and profile. The keyring first: without it nothing else can be read. */
  async remove(account: AccountId): Promise<void> {
    const keyring = await this.keyring(account);
    await keyring.destroy();
    await keyring.close();
    await this.#place.destroyStores(account);
    await this.#change(({ current, profiles, ...rest }) => ({
      ...rest,
      current: current === account ? null : current,
      profiles: profiles.filter((other) => other.account !== account),
    }));
  }

  /** Deletes everything of an account, what was seen of it included. */
  async forget(account: AccountId): Promise<void> {
    await this.remove(account);
    await this.#change(({ seen, ...rest }) => ({
      ...rest,
      seen: seen.filter((one) => one.account !== account),
    }));
  }

  keyring(account: AccountId): Promise<StoreKeyring> {
    return this.#place.openKeyring(account);
  }

  openStores(account: AccountId, storeKey: Uint8Array): Promise<DeviceStores> {
    return this.#place.openStores(account, storeKey);
  }

  async #read(): Promise<ProfilesRecord> {
    const record = await this.#place.read();
    return record ? decodeCbor(profilesSchema, record) : { v: 1, current: null, profiles: [], seen: [] };
  }

  /** One change after the other, each upon what the one before wrote. */
  #change(to: (record: ProfilesRecord) => ProfilesRecord): Promise<void> {
    const turn = this.#last.then(async () => {
      const after = to(await this.#read());
      if (after.profiles.length === 0 && after.seen.length === 0) await this.#place.clear();
      else await this.#place.write(encodeCbor(after));
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

async function emailHash(email: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(email.trim().toLowerCase());
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, index) => byte === b[index]);
}
