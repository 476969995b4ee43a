import { type AccountId, type DeviceId, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../crypto/aes-gcm.js';
import { hkdfSha256, InvalidMessageError } from '../crypto/index.js';
import { StoreError } from './errors.js';
import type { KeyringStorage } from './keyring-storage.js';

/** Whose stores these are; readable while locked. */
export interface KeyringOwner {
  readonly account: AccountId;
  readonly username: string;
  readonly deviceId: DeviceId;
}

/** Unlock secrets that open one keyring at once. */
const MAX_SECRETS = 4;

const keyringRecord = v.strictObject({
  v: v.literal(1),
  account: schemas.accountId,
  username: v.string(),
  deviceId: schemas.deviceId,
  /** The store key under the account's unlock secret; under several while it is not known which of them the vault has. */
  byAccount: v.pipe(v.array(schemas.bytes(256)), v.minLength(1), v.maxLength(MAX_SECRETS)),
  /** The store key under this place's wrapping key; empty while locked. */
  byPlace: schemas.bytes(256),
});
type KeyringRecord = v.InferOutput<typeof keyringRecord>;

const STORE_KEY_BYTES = 32;

/**
 * Keeps the store key of this device, wrapped twice: by a key that never leaves this browser and is deleted on lock,
 * and by the account's unlock secret, which the vault holds.
 */
export interface StoreKeyring {
  owner(): Promise<KeyringOwner | undefined>;
  /**
   * Makes a store key and leaves the keyring unlocked.
   * @param unlockSecret 32 bytes, from the vault
   * @throws StoreError `store/keyring-exists` unless {@link destroy} was called before
   */
  create(owner: KeyringOwner, unlockSecret: Uint8Array): Promise<Uint8Array>;
  /** The store key while unlocked: what a reload of the page begins with. */
  openUnlocked(): Promise<Uint8Array | undefined>;
  /** Deletes this place's wrapping key: from here on only the unlock secret opens. */
  lock(): Promise<void>;
  /** @throws StoreError `store/unopenable` if there is no keyring, or the secret is another account's */
  unlock(unlockSecret: Uint8Array): Promise<Uint8Array>;
  /**
   * Lets another unlock secret open, too: the account is about to have it. Whichever unlocks next is the only one from then on.
   * @throws StoreError `store/unopenable` while locked
   */
  alsoBy(unlockSecret: Uint8Array): Promise<void>;
  /** Forgets the store key for good; what is sealed under it is lost. */
  destroy(): Promise<void>;
  close(): Promise<void>;
}

export function storeKeyring(storage: KeyringStorage): StoreKeyring {
  async function read(): Promise<{ record: KeyringRecord; wrappingKey: CryptoKey | undefined } | undefined> {
    const state = await storage.read();
    return state && { record: decodeCbor(keyringRecord, state.record), wrappingKey: state.wrappingKey };
  }

  async function writeUnlocked(
    owner: KeyringOwner,
    byAccount: readonly Uint8Array[],
    storeKey: Uint8Array,
  ): Promise<void> {
    const wrappingKey = await storage.generateWrappingKey();
    const byPlace = await aesGcmSeal(wrappingKey, storeKey, boundTo(owner));
    await storage.write({ record: encodeRecord(owner, byAccount, byPlace), wrappingKey });
  }

  return {
    async owner() {
      const found = await read();
      return found && ownerOf(found.record);
    },

    async create(owner, unlockSecret) {
      if (await storage.read()) throw new StoreError('store/keyring-exists');
      const storeKey = crypto.getRandomValues(new Uint8Array(STORE_KEY_BYTES));
      const key = await accountWrappingKey(unlockSecret);
      await writeUnlocked(owner, [await aesGcmSeal(key, storeKey, boundTo(owner))], storeKey);
      return storeKey;
    },

    async openUnlocked() {
      const found = await read();
      if (!found?.wrappingKey) return undefined;
      const { record, wrappingKey } = found;
      return aesGcmOpen(wrappingKey, record.byPlace, boundTo(ownerOf(record))).catch(undefinedIfInvalid);
    },

    async lock() {
      const found = await read();
      if (!found) return;
      const record = encodeRecord(ownerOf(found.record), found.record.byAccount, new Uint8Array());
      await storage.write({ record, wrappingKey: undefined });
    },

    async unlock(unlockSecret) {
      const found = await read();
      if (!found) throw new StoreError('store/unopenable');
      const owner = ownerOf(found.record);
      const key = await accountWrappingKey(unlockSecret);
      for (const sealed of found.record.byAccount) {
        const storeKey = await aesGcmOpen(key, sealed, boundTo(owner)).catch(undefinedIfInvalid);
        if (!storeKey) continue;
        await writeUnlocked(owner, [sealed], storeKey);
        return storeKey;
      }
      throw new StoreError('store/unopenable');
    },

    async alsoBy(unlockSecret) {
      const [found, storeKey] = [await read(), await this.openUnlocked()];
      if (!found || !storeKey) throw new StoreError('store/unopenable');
      const { record, wrappingKey } = found;
      const owner = ownerOf(record);
      const sealed = await aesGcmSeal(await accountWrappingKey(unlockSecret), storeKey, boundTo(owner));
      // What opened for long goes on opening, however often something else was tried since.
      const byAccount = [sealed, ...record.byAccount.slice(1 - MAX_SECRETS)];
      await storage.write({ record: encodeRecord(owner, byAccount, record.byPlace), wrappingKey });
    },

    destroy: () => storage.write(undefined),
    close: () => storage.close(),
  };
}

function ownerOf({ account, username, deviceId }: KeyringOwner): KeyringOwner {
  return { account, username, deviceId };
}

function encodeRecord(
  owner: KeyringOwner,
  byAccount: readonly Uint8Array[],
  byPlace: Uint8Array,
): Uint8Array {
  return encodeCbor({ v: 1, ...ownerOf(owner), byAccount, byPlace });
}

/** The wrapped key opens for the owner that the record names, so a swapped name shows. */
function boundTo(owner: KeyringOwner): Uint8Array {
  return encodeCbor(['Sotto store keyring v1', owner.account, owner.username, owner.deviceId]);
}

function accountWrappingKey(unlockSecret: Uint8Array): Promise<CryptoKey> {
  return importAesGcmKey(hkdfSha256(unlockSecret, undefined, 'Sotto store keyring unlock v1', 32));
}

/** A record and a key that do not belong together are what a crash between two files leaves: locked. */
function undefinedIfInvalid(error: unknown): undefined {
  if (error instanceof InvalidMessageError) return undefined;
  throw error;
}
