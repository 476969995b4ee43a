import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccountId, type DeviceId, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { storeKeyring } from './device-lock.js';
import { openFileKeyringStorage } from './file-keyring-storage.js';
import { openIdbKeyringStorage } from './idb-keyring-storage.js';
import { runKeyringSuite } from './keyring-suite.js';

const newFolder = () => mkdtemp(join(tmpdir(), 'sotto-keyring-'));

runKeyringSuite('files', async () => {
  const folder = await newFolder();
  return { open: () => openFileKeyringStorage(folder) };
});

runKeyringSuite('IndexedDB', async () => {
  const name = randomUUID();
  return { open: () => openIdbKeyringStorage(name) };
});

const test = suite('keyring: what its place protects');
const owner = { account: randomId<AccountId>(), username: 'ada', deviceId: randomId<DeviceId>() };
const secret = crypto.getRandomValues(new Uint8Array(32));

test('in IndexedDB the wrapping key cannot be exported', async () => {
  const storage = await openIdbKeyringStorage(randomUUID());
  await storeKeyring(storage).create(owner, secret);
  const { wrappingKey } = (await storage.read())!;
  assert.is(wrappingKey!.extractable, false);
  await storage.close();
});

test('files are their owner’s alone, and locking removes the key’s', async () => {
  const folder = await newFolder();
  const keyring = storeKeyring(await openFileKeyringStorage(folder));
  const storeKey = await keyring.create(owner, secret);
  assert.equal((await readdir(folder)).sort(), ['keyring', 'wrapping-key']);
  for (const file of ['keyring', 'wrapping-key']) {
    assert.is((await stat(join(folder, file))).mode & 0o777, 0o600);
    assert.is((await readFile(join(folder, file))).indexOf(storeKey), -1);
  }
  await keyring.lock();
  assert.equal(await readdir(folder), ['keyring']);
  await keyring.destroy();
  assert.equal(await readdir(folder), []);
});

test('a record whose key file is another’s counts as locked', async () => {
  const storage = await openFileKeyringStorage(await newFolder());
  const keyring = storeKeyring(storage);
  const storeKey = await keyring.create(owner, secret);
  const { record } = (await storage.read())!;
  await storage.write({ record, wrappingKey: await storage.generateWrappingKey() });
  assert.is(await keyring.openUnlocked(), undefined);
  assert.equal([...(await keyring.unlock(secret))], [...storeKey]);
});

test.run();
