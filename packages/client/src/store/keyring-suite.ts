import { type AccountId, type DeviceId, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type KeyringOwner, storeKeyring } from './device-lock.js';
import { StoreError } from './errors.js';
import type { KeyringStorage } from './keyring-storage.js';

/** One place on a disk; opening it again shows what was written. */
export interface KeyringPlace {
  open(): Promise<KeyringStorage>;
}

const newOwner = (): KeyringOwner => ({
  account: randomId<AccountId>(),
  username: 'ada',
  deviceId: randomId<DeviceId>(),
});
const newSecret = () => crypto.getRandomValues(new Uint8Array(32));
const plain = (value: Uint8Array | undefined) => value && [...value];

async function codeOf(action: Promise<unknown>): Promise<string | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return error.code;
  }
}

/**
 * What a keyring keeps to over every storage.
 * @param driver its name, for the titles
 * @param place makes a new, empty place
 */
export function runKeyringSuite(driver: string, place: () => Promise<KeyringPlace>): void {
  const test = suite(`keyring: ${driver}`);

  test('an empty keyring has neither owner nor key', async () => {
    const keyring = storeKeyring(await (await place()).open());
    assert.is(await keyring.owner(), undefined);
    assert.is(await keyring.openUnlocked(), undefined);
    await keyring.lock();
    assert.is(await codeOf(keyring.unlock(newSecret())), 'store/unopenable');
    await keyring.close();
  });

  test('a keyring opens by itself until it is locked, then by the unlock secret alone', async () => {
    const at = await place();
    const [owner, secret] = [newOwner(), newSecret()];
    const first = storeKeyring(await at.open());
    const storeKey = await first.create(owner, secret);
    assert.is(storeKey.length, 32);
    await first.close();

    const reloaded = storeKeyring(await at.open());
    assert.equal(plain(await reloaded.openUnlocked()), plain(storeKey));
    await reloaded.lock();
    assert.is(await reloaded.openUnlocked(), undefined);
    await reloaded.close();

    const locked = storeKeyring(await at.open());
    assert.equal(await locked.owner(), owner);
    assert.is(await locked.openUnlocked(), undefined);
    assert.is(await codeOf(locked.unlock(newSecret())), 'store/unopenable');
    assert.is(await locked.openUnlocked(), undefined);
    assert.equal(plain(await locked.unlock(secret)), plain(storeKey));
    assert.equal(plain(await locked.openUnlocked()), plain(storeKey));
    await locked.destroy();
    assert.is(await locked.owner(), undefined);
    await locked.close();
  });

  test('another secret may open, too; the one that unlocks is the only one from then on', async () => {
    const at = await place();
    const [before, after, never] = [newSecret(), newSecret(), newSecret()];
    for (const [unlocks, other] of [
      [before, after],
      [after, before],
    ] as const) {
      const keyring = storeKeyring(await at.open());
      await keyring.destroy();
      const storeKey = await keyring.create(newOwner(), before);
      for (let tries = 0; tries < 5; tries += 1) await keyring.alsoBy(newSecret());
      await keyring.alsoBy(after);
      assert.equal(plain(await keyring.openUnlocked()), plain(storeKey));
      await keyring.lock();
      assert.is(await codeOf(keyring.alsoBy(never)), 'store/unopenable', 'not while it is locked');
      await keyring.close();
      const reloaded = storeKeyring(await at.open());
      assert.is(await codeOf(reloaded.unlock(never)), 'store/unopenable');
      assert.equal(plain(await reloaded.unlock(unlocks)), plain(storeKey));
      await reloaded.lock();
      assert.is(await codeOf(reloaded.unlock(other)), 'store/unopenable');
      assert.equal(plain(await reloaded.unlock(unlocks)), plain(storeKey));
      await reloaded.close();
    }
  });

  test('a keyring is not made over another one', async () => {
    const keyring = storeKeyring(await (await place()).open());
    const first = await keyring.create(newOwner(), newSecret());
    assert.is(await codeOf(keyring.create(newOwner(), newSecret())), 'store/keyring-exists');
    assert.equal(plain(await keyring.openUnlocked()), plain(first));
    await keyring.destroy();
    const second = await keyring.create(newOwner(), newSecret());
    assert.not.equal(plain(second), plain(first));
    await keyring.close();
  });

  test('neither the record nor, once locked, the storage gives the store key away', async () => {
    const storage = await (await place()).open();
    const keyring = storeKeyring(storage);
    const secret = newSecret();
    const storeKey = await keyring.create(newOwner(), secret);
    const unlocked = (await storage.read())!;
    for (const value of [storeKey, secret]) assert.not.ok(contains(unlocked.record, value));
    assert.ok(contains(new Uint8Array([0, ...storeKey, 0]), storeKey), 'control: the search finds');
    await keyring.lock();
    const locked = (await storage.read())!;
    assert.is(locked.wrappingKey, undefined);
    await keyring.close();
  });

  test('a record changed on disk does not open, by either way', async () => {
    const storage = await (await place()).open();
    const keyring = storeKeyring(storage);
    const secret = newSecret();
    await keyring.create(newOwner(), secret);
    const state = (await storage.read())!;
    const record = new Uint8Array(state.record);
    const at = new TextDecoder('latin1').decode(record).indexOf('ada');
    record[at] = 'e'.charCodeAt(0);
    await storage.write({ ...state, record });
    assert.is((await keyring.owner())!.username, 'eda');
    assert.is(await keyring.openUnlocked(), undefined);
    assert.is(await codeOf(keyring.unlock(secret)), 'store/unopenable');
    await keyring.close();
  });

  test.run();
}

function contains(haystack: Uint8Array, needle: Uint8Array): boolean {
  return haystack.some((_, at) => needle.every((byte, index) => haystack[at + index] === byte));
}
