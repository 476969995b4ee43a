import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openIdbKeyStore } from './idb-key-store.js';
import { openLevelKeyStore } from './level-key-store.js';

const test = suite('durability of the key store');
const batch = [{ key: 'a', value: Uint8Array.of(1) }];

/** Calls of a method, while the object does what it always does. */
function observed<K extends string>(
  prototype: { [key in K]: (...input: never[]) => unknown },
  method: K,
): unknown[][] {
  const calls: unknown[][] = [];
  const original = prototype[method] as (...input: unknown[]) => unknown;
  Object.defineProperty(prototype, method, {
    configurable: true,
    value(this: unknown, ...input: unknown[]) {
      calls.push(input);
      return original.apply(this, input);
    },
  });
  return calls;
}

test('IndexedDB: every write is one transaction, strictly durable', async () => {
  const store = await openIdbKeyStore(randomUUID());
  const calls = observed(IDBDatabase.prototype, 'transaction');
  await store.write([...batch, { key: 'b', value: undefined }]);
  assert.equal(calls, [['entries', 'readwrite', { durability: 'strict' }]]);
  await store.destroy();
});

test('IndexedDB: a write that fails half-way leaves nothing behind', async () => {
  const store = await openIdbKeyStore(randomUUID());
  const original = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, key) {
    if (key === 'bad') throw new DOMException('full', 'QuotaExceededError');
    return original.call(this, value, key);
  };
  const failure = await store
    .write([...batch, { key: 'bad', value: Uint8Array.of(2) }])
    .catch((error) => error);
  IDBObjectStore.prototype.put = original;
  assert.is((failure as DOMException).name, 'QuotaExceededError');
  assert.equal(await store.list(''), []);
  await store.destroy();
});

test('LevelDB: every write is one synchronous batch', async () => {
  const store = await openLevelKeyStore(join(await mkdtemp(join(tmpdir(), 'sotto-durability-')), 'keys'));
  const calls = observed(Level.prototype as unknown as { batch(): unknown }, 'batch');
  await store.write([...batch, { key: 'b', value: undefined }]);
  assert.is(calls.length, 1);
  assert.equal(calls[0]![1], { sync: true });
  await store.destroy();
});

test.run();
