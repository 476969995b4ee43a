import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually } from '../testing/eventually.js';
import { SeededRandom } from '../testing/seeded-random.js';
import type { Claim, ClaimStore } from './claim-store.js';
import { ClaimTakenError } from './claim-store.js';

/** Several servers' stores over the same data. */
export interface ClaimServersHarness {
  /** Three at least. */
  readonly stores: readonly ClaimStore[];
  destroy(): Promise<void>;
}

interface Context {
  harness: ClaimServersHarness;
  stores: readonly ClaimStore[];
}

const BODY = new Uint8Array([7]);

/** What every claim store must do that several servers share: registers the suite and runs it. */
export function claimServersSuite(name: string, open: () => Promise<ClaimServersHarness>): void {
  const test = suite<Context>(`claim store of several servers: ${name}`);

  test.before.each(async (context) => {
    context.harness = await open();
    context.stores = context.harness.stores;
  });
  test.after.each(({ harness }) => harness.destroy());

  test('of rivals at all servers exactly one owns, and all servers say who', async ({ stores }) => {
    for (let round = 0; round < 25; round += 1) {
      const key = `user:race-${round}`;
      const won = (await Promise.all(stores.map((store) => tryTo(() => store.own(key, BODY))))).filter(
        isClaim,
      );
      assert.is(won.length, 1, `round ${round}`);
      for (const store of stores) assert.equal(await store.get(key), won[0]);
    }
  });

  test('of rivals who confirm or release never more than one owns', async ({ stores }) => {
    const random = new SeededRandom(`claim servers ${name}`);
    for (let round = 0; round < 10; round += 1) {
      const key = `user:wavering-${round}`;
      const owners: Claim[] = [];
      const rival = async (store: ClaimStore) => {
        const claim = await tryTo(() => store.claim(key, BODY));
        if (!isClaim(claim)) return;
        if (random.chance(0.5)) await store.release(claim);
        else {
          await store.confirm(claim);
          owners.push(claim);
        }
      };
      await Promise.all([...stores, ...stores].map(rival));
      const now = await stores[0]!.get(key);
      assert.equal(owners, now ? [now] : []);
    }
  });

  test('what one confirmed, released or removed every other knows at once', async ({ stores }) => {
    const [a, b, c] = stores as [ClaimStore, ClaimStore, ClaimStore];
    for (let round = 0; round < 10; round += 1) {
      const key = `mail:${round}`;
      const claim = await a.claim(key, BODY);
      assert.is(await tryTo(() => b.claim(key, BODY)), undefined);
      await c.confirm(claim);
      assert.equal(await b.get(key), claim);
      await b.remove(key);
      assert.is(await a.get(key), undefined);
      const again = await c.claim(key, BODY);
      await b.release(again);
      await a.own(key, BODY);
    }
  });

  test('the newest of keys that count up is found by every server at once', async ({ stores }) => {
    const prefix = 'conversation:x:';
    for (let counter = 1; counter <= 30; counter += 1) {
      const key = prefix + String(counter).padStart(12, '0');
      await stores[counter % stores.length]!.own(key, BODY);
      if (counter === 1) await eventually(async () => (await everyNewest(stores, prefix)).every(Boolean));
      for (const newest of await everyNewest(stores, prefix)) assert.is(newest, key);
    }
  });

  test('watchers at every server are told', async ({ stores }) => {
    const told = stores.map((store) => {
      const keys = new Set<string>();
      store.watch('devices:', ({ key }) => keys.add(key));
      return keys;
    });
    for (let n = 0; n < 12; n += 1) await stores[n % stores.length]!.own(`devices:${n}`, BODY);
    for (const keys of told) await eventually(() => keys.size === 12);
  });

  test.run();
}

function everyNewest(stores: readonly ClaimStore[], prefix: string): Promise<(string | undefined)[]> {
  return Promise.all(
    stores.map(async (store) => (await store.list({ prefix, reverse: true, limit: 1 }))[0]?.key),
  );
}

/** @returns undefined where somebody else owns it */
async function tryTo(claim: () => Promise<Claim>): Promise<Claim | undefined> {
  try {
    return await claim();
  } catch (error) {
    if (error instanceof ClaimTakenError) return undefined;
    throw error;
  }
}

function isClaim(claim: Claim | undefined): claim is Claim {
  return claim !== undefined;
}
