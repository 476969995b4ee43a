import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type SeededRandom, seededRandom } from '../crypto/seeded-random.js';
import type { KeyStore, KeyWrite } from './key-store.js';

/** One place on a disk; opening it again shows what was written. */
export interface KeyStorePlace {
  open(): Promise<KeyStore>;
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const names = (entries: readonly [string, Uint8Array][]) => entries.map(([key]) => key);
const plain = (value: Uint8Array | undefined) => value && [...value];

/**
 * What every key store keeps to.
 * @param driver its name, for the titles
 * @param place makes a new, empty place
 */
export function runKeyStoreSuite(driver: string, place: () => Promise<KeyStorePlace>): void {
  const test = suite(`key store: ${driver}`);

  test('a value is what was written last; a deleted or unknown one is undefined', async () => {
    const store = await (await place()).open();
    await store.write([{ key: 'a', value: bytes(1, 2) }]);
    await store.write([{ key: 'a', value: bytes(3) }]);
    assert.equal(plain(await store.get('a')), [3]);
    await store.write([{ key: 'a', value: undefined }]);
    assert.is(await store.get('a'), undefined);
    assert.is(await store.get('never'), undefined);
    await store.destroy();
  });

  test('an empty value is a value', async () => {
    const store = await (await place()).open();
    await store.write([{ key: 'empty', value: bytes() }]);
    assert.equal(plain(await store.get('empty')), []);
    assert.equal(names(await store.list('e')), ['empty']);
    await store.destroy();
  });

  test('a batch is applied in order, and whole', async () => {
    const store = await (await place()).open();
    await store.write([
      { key: 'a', value: bytes(1) },
      { key: 'a', value: undefined },
      { key: 'b', value: undefined },
      { key: 'b', value: bytes(2) },
    ]);
    assert.is(await store.get('a'), undefined);
    assert.equal(plain(await store.get('b')), [2]);
    await store.write([]);
    await store.destroy();
  });

  test('a batch with a key that no driver can order is refused, and nothing of it is kept', async () => {
    const store = await (await place()).open();
    for (const key of ['', 'é', 'a b', '\uffff', 'a\n']) {
      const refused = await store
        .write([
          { key: 'good', value: bytes(1) },
          { key, value: bytes(2) },
        ])
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      assert.instance(refused, RangeError);
    }
    assert.equal(await store.list(''), []);
    await store.destroy();
  });

  test('a list has exactly the keys of its prefix, in code unit order', async () => {
    const store = await (await place()).open();
    const keys = ['s/b', 's/a', 's/', 's', 's0', 's/~', 's/A', 't/a', 'r/a', 's/a/b'];
    await store.write(keys.map((key, index) => ({ key, value: bytes(index) })));
    assert.equal(names(await store.list('s/')), ['s/', 's/A', 's/a', 's/a/b', 's/b', 's/~']);
    assert.equal(names(await store.list('')), [...keys].sort());
    assert.equal(await store.list('x'), []);
    assert.equal(plain((await store.list('s/a/'))[0]![1]), [9]);
    await store.destroy();
  });

  test('what is kept does not change with the array that was given', async () => {
    const store = await (await place()).open();
    const whole = bytes(9, 9, 1, 2, 9, 9);
    await store.write([{ key: 'view', value: whole.subarray(2, 4) }]);
    whole.fill(0);
    const value = await store.get('view');
    assert.equal(plain(value), [1, 2]);
    assert.is(value!.buffer.byteLength, 2);
    await store.destroy();
  });

  test('what was written is there after closing and opening again', async () => {
    const at = await place();
    const first = await at.open();
    await first.write([{ key: 'kept', value: bytes(7) }]);
    await first.close();
    const second = await at.open();
    assert.equal(plain(await second.get('kept')), [7]);
    await second.destroy();
  });

  test('after destroying, nothing is there', async () => {
    const at = await place();
    const first = await at.open();
    await first.write([{ key: 'gone', value: bytes(7) }]);
    await first.destroy();
    const second = await at.open();
    assert.equal(await second.list(''), []);
    await second.destroy();
  });

  test('writes begun at once all hold', async () => {
    const store = await (await place()).open();
    const keys = Array.from({ length: 40 }, (_, index) => `k/${String(index).padStart(2, '0')}`);
    await Promise.all(keys.map((key, index) => store.write([{ key, value: bytes(index) }])));
    assert.equal(names(await store.list('k/')), keys);
    await store.destroy();
  });

  test('behaves as a sorted map does, whatever is written (property)', async () => {
    const random = seededRandom(Math.floor(Math.random() * 2 ** 32));
    const at = await place();
    let store = await at.open();
    const model = new Map<string, Uint8Array>();
    for (let step = 0; step < 60; step += 1) {
      const batch = Array.from({ length: random.below(6) }, () => randomWrite(random));
      await store.write(batch);
      for (const { key, value } of batch) {
        if (value) model.set(key, value);
        else model.delete(key);
      }
      if (random.below(15) === 0) {
        await store.close();
        store = await at.open();
      }
      const prefix = ['', 'a', 'a/', 'b/'][random.below(4)]!;
      const expected = [...model]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const found = await store.list(prefix);
      assert.equal(
        found.map(([key, value]) => [key, [...value]]),
        expected.map(([key, value]) => [key, [...value]]),
        `seed ${random.seed}`,
      );
    }
    await store.destroy();
  });

  test.run();
}

function randomWrite(random: SeededRandom): KeyWrite {
  const key = `${['a', 'a/', 'b/', 'b0'][random.below(4)]}${random.below(6)}`;
  return { key, value: random.below(4) === 0 ? undefined : random.bytes(random.below(40)) };
}
