import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf } from '../testing/code-of.js';
import { SeededRandom } from '../testing/seeded-random.js';
import type { Claim, ClaimStore } from './claim-store.js';
import { ClaimTakenError } from './claim-store.js';

/** A driver under test. */
export interface ClaimStoreHarness {
  readonly store: ClaimStore;
  /** Closes the store and opens the same data again. */
  reopen(): Promise<ClaimStore>;
  destroy(): Promise<void>;
}

interface Context {
  harness: ClaimStoreHarness;
  store: ClaimStore;
  clock: { now: number };
}

const START = 1_700_000_000_000;
const bytes = (...values: number[]) => new Uint8Array(values);

/**
 * What every claim store must do: registers the suite and runs it on the driver that `open` makes.
 * @param open is given the clock that the driver must go by, milliseconds since 1970
 */
export function claimStoreSuite(name: string, open: (now: () => number) => Promise<ClaimStoreHarness>): void {
  const test = suite<Context>(`claim store: ${name}`);

  test.before.each(async (context) => {
    const clock = { now: START };
    context.clock = clock;
    context.harness = await open(() => clock.now);
    context.store = context.harness.store;
  });
  test.after.each(({ harness }) => harness.destroy());

  test('a claim is taken at once and seen once confirmed', async ({ store }) => {
    const claim = await store.claim('user:ada', bytes(1, 2));
    assert.is(claim.key, 'user:ada');
    assert.is(claim.nonce.length, 16);
    assert.equal(claim.body, bytes(1, 2));
    assert.is(claim.at, START);
    assert.is(await store.get('user:ada'), undefined);
    assert.is(await takenKey(() => store.claim('user:ada', bytes())), 'user:ada');
    assert.is(await takenKey(() => store.own('user:ada', bytes())), 'user:ada');
    await store.confirm(claim);
    assert.equal(await store.get('user:ada'), claim);
    assert.is(await takenKey(() => store.claim('user:ada', bytes())), 'user:ada');
  });

  test('owning claims and confirms in one go', async ({ store }) => {
    const claim = await store.own('user:ada', bytes(9));
    assert.equal(await store.get('user:ada'), claim);
    assert.is(
      await takenKey(() => store.own('user:ada', bytes(9))),
      'user:ada',
      'an equal body is a rival too',
    );
  });

  test('confirming again is free', async ({ store }) => {
    const claim = await store.claim('link:1', bytes());
    await store.confirm(claim);
    await store.confirm(claim);
    assert.equal(await store.get('link:1'), claim);
  });

  test('a released claim is free for others', async ({ store }) => {
    const first = await store.claim('user:ada', bytes(1));
    await store.release(first);
    const second = await store.claim('user:ada', bytes(2));
    assert.is(await codeOf(() => store.confirm(first)), 'ClaimTakenError');
    await store.confirm(second);
    assert.equal(await store.get('user:ada'), second);
  });

  test('releasing does nothing to a confirmed claim or to somebody else', async ({ store }) => {
    const first = await store.claim('user:ada', bytes(1));
    await store.release({ ...first, nonce: new Uint8Array(16) });
    assert.is(await takenKey(() => store.claim('user:ada', bytes())), 'user:ada');
    await store.confirm(first);
    await store.release(first);
    assert.equal(await store.get('user:ada'), first);
    await store.release({ ...first, key: 'user:nobody' });
  });

  test('an unconfirmed claim expires after its time, not before', async ({ store, clock }) => {
    await store.claim('user:ada', bytes(1), { confirmWithinMs: 500 });
    clock.now = START + 499;
    assert.is(await takenKey(() => store.claim('user:ada', bytes(2))), 'user:ada');
    clock.now = START + 500;
    const second = await store.own('user:ada', bytes(2));
    assert.equal(await store.get('user:ada'), second);
  });

  test('it holds a minute unless told', async ({ store, clock }) => {
    await store.claim('user:ada', bytes(1));
    clock.now = START + 59_999;
    assert.is(await takenKey(() => store.claim('user:ada', bytes(2))), 'user:ada');
    clock.now = START + 60_000;
    await store.claim('user:ada', bytes(2));
  });

  test('confirming late holds while nobody else came, and throws once somebody did', async ({
    store,
    clock,
  }) => {
    const quiet = await store.claim('user:quiet', bytes(1));
    const raced = await store.claim('user:raced', bytes(1));
    clock.now += 120_000;
    await store.confirm(quiet);
    assert.equal(await store.get('user:quiet'), quiet);
    const rival = await store.claim('user:raced', bytes(1));
    assert.is(await takenKey(() => store.confirm(raced)), 'user:raced');
    await store.release(raced);
    await store.confirm(rival);
    assert.equal(await store.get('user:raced'), rival);
    assert.is(await takenKey(() => store.confirm(raced)), 'user:raced');
  });

  test('a confirmed claim never expires', async ({ harness, store, clock }) => {
    const claim = await store.claim('user:ada', bytes(1), { confirmWithinMs: 1 });
    await store.confirm(claim);
    clock.now += 10 * 365 * 86_400_000;
    const reopened = await harness.reopen();
    assert.equal(await reopened.get('user:ada'), claim);
    assert.is(await takenKey(() => reopened.own('user:ada', bytes())), 'user:ada');
  });

  test('of 100 rivals for one key exactly one owns it', async ({ store }) => {
    for (let round = 0; round < 5; round += 1) {
      const key = `user:round-${round}`;
      const rivals = await settle(Array.from({ length: 100 }, () => store.own(key, bytes(7))));
      assert.is(rivals.won.length, 1);
      assert.is(rivals.lost, 99);
      assert.equal(await store.get(key), rivals.won[0]);
    }
  });

  test('of 100 rivals who claim, and then confirm or release, never more than one owns', async ({
    store,
  }) => {
    const random = new SeededRandom(`claim store ${name}, rivals`);
    const owners: Claim[] = [];
    const rival = async () => {
      for (let tries = 0; tries < 20; tries += 1) {
        try {
          const claim = await store.claim('user:ada', bytes(7));
          if (random.chance(0.7)) await store.release(claim);
          else {
            await store.confirm(claim);
            owners.push(claim);
          }
          return;
        } catch (error) {
          if (!(error instanceof ClaimTakenError)) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 100 }, rival));
    const now = await store.get('user:ada');
    assert.equal(owners, now ? [now] : []);
  });

  test('rivals for different keys do not meet', async ({ store }) => {
    const claims = await Promise.all(Array.from({ length: 100 }, (_, n) => store.own(`user:${n}`, bytes(n))));
    assert.is((await store.list({ prefix: 'user:' })).length, 100);
    assert.is(new Set(claims.map(({ nonce }) => Buffer.from(nonce).toString('hex'))).size, 100);
  });

  test('listing gives confirmed claims of the prefix, in key order', async ({ store }) => {
    for (const key of ['a:2', 'a:10', 'b:1', 'a:1', 'aa:1', 'a:é', 'a:_', 'a:Z'])
      await store.own(key, bytes());
    await store.claim('a:unconfirmed', bytes());
    assert.equal(await keys(store, { prefix: 'a:' }), ['a:1', 'a:10', 'a:2', 'a:Z', 'a:_', 'a:é']);
    assert.equal(await keys(store, { prefix: 'a:1' }), ['a:1', 'a:10']);
    assert.equal(await keys(store, { prefix: 'c:' }), []);
  });

  test('listing goes backwards, in pages, after a key', async ({ store }) => {
    for (const n of [1, 2, 3, 4, 5]) await store.own(`d:${n}`, bytes(n));
    await store.own('c:9', bytes());
    await store.own('e:0', bytes());
    assert.equal(await keys(store, { prefix: 'd:', limit: 2 }), ['d:1', 'd:2']);
    assert.equal(await keys(store, { prefix: 'd:', after: 'd:2', limit: 2 }), ['d:3', 'd:4']);
    assert.equal(await keys(store, { prefix: 'd:', after: 'd:5' }), []);
    assert.equal(await keys(store, { prefix: 'd:', after: 'd:25' }), ['d:3', 'd:4', 'd:5']);
    assert.equal(await keys(store, { prefix: 'd:', reverse: true, limit: 1 }), ['d:5']);
    assert.equal(await keys(store, { prefix: 'd:', reverse: true, after: 'd:3' }), ['d:2', 'd:1']);
    assert.equal(await keys(store, { prefix: 'd:', after: 'a:1' }), ['d:1', 'd:2', 'd:3', 'd:4', 'd:5']);
    assert.equal(await keys(store, { prefix: 'd:', after: 'z:1' }), []);
    assert.is((await keys(store, { prefix: 'd:', reverse: true, after: 'z:1' })).length, 5);
    assert.equal(await keys(store, { prefix: 'd:', reverse: true, after: 'a:1' }), []);
    assert.equal((await store.list({ prefix: 'd:', limit: 1 }))[0]!.body, bytes(1));
  });

  test('of keys that count up the newest is found whatever was owned, confirmed or removed before', async ({
    store,
  }) => {
    const key = (n: number) => `list:ada:${String(n).padStart(9, '0')}`;
    const newest = () => keys(store, { prefix: 'list:ada:', reverse: true, limit: 1 });
    assert.equal(await newest(), []);
    await Promise.all([3, 1, 2].map((n) => store.own(key(n), bytes(n))));
    await store.own('list:bob:000000009', bytes());
    assert.equal(await newest(), [key(3)]);
    const pending = await store.claim(key(5), bytes());
    assert.equal(await newest(), [key(3)]);
    await store.confirm(pending);
    assert.equal(await newest(), [key(5)]);
    await store.own(key(4), bytes());
    assert.equal(await newest(), [key(5)]);
    await Promise.all([3, 5].map((n) => store.remove(key(n))));
    assert.equal(await newest(), [key(4)]);
    await Promise.all([store.remove(key(4)), store.own(key(6), bytes())]);
    assert.equal(await newest(), [key(6)]);
    await Promise.all([1, 2, 6].map((n) => store.remove(key(n))));
    assert.equal(await newest(), []);
    await store.own(key(7), bytes(7));
    assert.equal((await store.list({ prefix: 'list:ada:', reverse: true, limit: 1 }))[0]!.body, bytes(7));
  });

  test('watching tells of claims under the prefix as they are confirmed', async ({ store }) => {
    const told: string[] = [];
    const leave = store.watch('user:', ({ key }) => told.push(key));
    const pending = await store.claim('user:b', bytes());
    await store.own('user:a', bytes());
    await store.own('mail:a', bytes());
    await codeOf(() => store.own('user:a', bytes()));
    const released = await store.claim('user:c', bytes());
    await store.release(released);
    assert.equal(told, ['user:a']);
    await store.confirm(pending);
    await store.confirm(pending);
    assert.equal(told, ['user:a', 'user:b']);
    leave();
    await store.own('user:d', bytes());
    assert.is(told.length, 2);
  });

  test('what a watcher is told of can be read', async ({ store }) => {
    const reads: Promise<Claim | undefined>[] = [];
    store.watch('user:', ({ key }) => reads.push(store.get(key)));
    await Promise.all(Array.from({ length: 30 }, (_, n) => store.own(`user:${n}`, bytes(n))));
    const found = await Promise.all(reads);
    assert.is(found.length, 30);
    assert.ok(found.every((claim) => claim !== undefined));
  });

  test('of two claims of one key only the one that is meant is removed', async ({ store }) => {
    const first = await store.own('mail:1', bytes(1));
    await store.remove('mail:1', first);
    const second = await store.own('mail:1', bytes(1));
    await store.remove('mail:1', first);
    assert.equal(await store.get('mail:1'), second);
    await store.remove('mail:1', second);
    assert.is(await store.get('mail:1'), undefined);
  });

  test('a removed claim is gone, and its key is free', async ({ store }) => {
    const first = await store.own('mail:1', bytes(1));
    await store.remove('mail:1');
    await store.remove('mail:1');
    assert.is(await store.get('mail:1'), undefined);
    assert.equal(await keys(store, { prefix: 'mail:' }), []);
    assert.is(await codeOf(() => store.confirm(first)), 'ClaimTakenError');
    const second = await store.own('mail:1', bytes(1));
    assert.not.equal(second.nonce, first.nonce);
  });

  test('removing leaves an unconfirmed claim alone', async ({ store }) => {
    const claim = await store.claim('mail:1', bytes(1));
    await store.remove('mail:1');
    await store.confirm(claim);
    assert.equal(await store.get('mail:1'), claim);
  });

  test('all of it is there after reopening', async ({ harness, store, clock }) => {
    const owned = await store.own('user:a', bytes(1));
    const pending = await store.claim('user:b', bytes(2));
    await store.claim('user:c', bytes(3), { confirmWithinMs: 10 });
    await store.own('user:d', bytes(4));
    await store.remove('user:d');
    const reopened = await harness.reopen();
    assert.equal(await reopened.get('user:a'), owned);
    assert.is(await takenKey(() => reopened.claim('user:b', bytes())), 'user:b');
    clock.now += 10;
    await reopened.confirm(pending);
    await reopened.own('user:c', bytes(5));
    assert.equal(await keys(reopened, { prefix: 'user:' }), ['user:a', 'user:b', 'user:c']);
  });

  test('what expired while the store was closed is free', async ({ harness, store, clock }) => {
    const old = await store.claim('user:a', bytes(1));
    clock.now += 3_600_000;
    const reopened = await harness.reopen();
    const fresh = await reopened.own('user:a', bytes(2));
    assert.is(await codeOf(() => reopened.confirm(old)), 'ClaimTakenError');
    assert.equal(await reopened.get('user:a'), fresh);
  });

  test('a key that breaks the rules is refused', async ({ store }) => {
    for (const key of [
      '',
      'user',
      'User:a',
      'user:a b',
      'user:\n',
      'user:\u0000',
      'user:\ud800',
      'user:a/b',
      '1:a',
    ])
      assert.is(await codeOf(() => store.own(key, bytes())), 'RangeError', JSON.stringify(key));
    for (const key of ['user:', 'user:a.b_c@d+e-f:g', 'user:żółw', 'user:\u{1f422}', 'session-ended:x'])
      await store.own(key, bytes());
  });

  test('a body can hold anything', async ({ harness, store }) => {
    const body = new Uint8Array(100_000).map((_, index) => index * 31);
    await store.own('user:big', body);
    const read = await (await harness.reopen()).get('user:big');
    assert.equal(read?.body, body);
  });

  test('O1 what is erased is gone, confirmed or not, and its neighbours stand', async ({
    store,
    harness,
  }) => {
    await store.own('user:kim', bytes(1));
    const kept = await store.own('user:kimberly', bytes(2));
    const pending = await store.claim('user:kit', bytes(3));
    await store.erase(['user:kim', 'user:kit', 'user:nobody']);
    assert.is(await store.get('user:kim'), undefined);
    assert.is(await takenKey(() => store.confirm(pending)), 'user:kit');
    assert.equal(await store.list({ prefix: 'user:' }), [kept]);
    await store.erase(['user:kim']);
    const reopened = await harness.reopen();
    assert.equal(await reopened.list({ prefix: 'user:' }), [kept]);
    await reopened.own('user:kim', bytes(4));
  });

  test.run();
}

async function takenKey(action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
  } catch (error) {
    if (error instanceof ClaimTakenError) return error.key;
    throw error;
  }
  return undefined;
}

async function settle(claims: Promise<Claim>[]): Promise<{ won: Claim[]; lost: number }> {
  const results = await Promise.allSettled(claims);
  const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const lost = results.filter(
    (result) => result.status === 'rejected' && result.reason instanceof ClaimTakenError,
  );
  return { won, lost: lost.length };
}

async function keys(store: ClaimStore, range: Parameters<ClaimStore['list']>[0]): Promise<string[]> {
  return (await store.list(range)).map(({ key }) => key);
}
