import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Claim } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import type { CouchStores } from '../open-couch.js';
import { openCouchStores } from '../open-couch.js';
import { startCouchPeer } from '../testing/couch-peer.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { eventually } from '../testing/eventually.js';
import { CouchClient } from './couch-client.js';
import { claimDatabase } from './layout.js';
import { rotateClaims } from './rotate.js';
import { generationName, LEAD_MS, rotatingParts, SETTLED_MS } from './rotation.js';
import { setUpCouch, tearDownCouch } from './set-up.js';

const peer = await startCouchPeer();
const START = 1_800_000_000_000;
/** What servers' clocks are off. */
const SKEWS = [-20_000, 0, 20_000];

for (const { name, urls } of [{ name: 'express-pouchdb', urls: peer.url }, ...COUCH_SERVERS])
  if (urls) run(name, urls);

const last = suite('express-pouchdb, afterwards');
last('it stops', () => peer.stop());
last.run();

async function tryTo(claim: () => Promise<Claim>): Promise<Claim | undefined> {
  try {
    return await claim();
  } catch (error) {
    if (error instanceof ClaimTakenError) return undefined;
    throw error;
  }
}

function run(name: string, urls: string): void {
  const test = suite(`claims that are rotated: ${name}`);

  test('databases are replaced while servers go on: of rivals one owns at any moment, and nothing that holds is lost', async () => {
    const settings = testSettings(urls, { shards: 1 });
    await setUpCouch(settings);
    const part = claimDatabase(settings, 'session:');
    assert.ok(rotatingParts(settings).includes(part));
    const clock = { now: START };
    const servers: CouchStores[] = [];
    for (const skew of SKEWS) servers.push(await openCouchStores(settings, { now: () => clock.now + skew }));
    const stores = servers.map(({ claims }) => claims);
    const told = stores.map((store) => {
      const keys = new Set<string>();
      store.watch('session:', ({ key }) => keys.add(key));
      return keys;
    });
    const owned = new Map<string, Claim>();
    const removed: string[] = [];
    let round = 0;

    /** Everything that claims must do, between servers whose clocks differ. */
    const exercise = async (phase: string) => {
      for (let race = 0; race < 3; race += 1) {
        round += 1;
        const key = `session:race-${String(round).padStart(3, '0')}`;
        const won = (
          await Promise.all(stores.map((store) => tryTo(() => store.own(key, Uint8Array.of(round)))))
        ).filter((claim) => claim !== undefined);
        assert.is(won.length, 1, `${phase}: ${key}`);
        owned.set(key, won[0]!);
      }
      const [a, b, c] = stores as [(typeof stores)[0], (typeof stores)[0], (typeof stores)[0]];
      const gone = `session:gone-${round}`;
      await a.own(gone, Uint8Array.of(1));
      await b.remove(gone);
      removed.push(gone);
      const wavering = await c.claim(`session:wavering-${round}`, Uint8Array.of(2));
      assert.is(await tryTo(() => a.claim(wavering.key, Uint8Array.of(3))), undefined, phase);
      await a.confirm(wavering);
      owned.set(wavering.key, wavering);
      for (const store of stores) {
        for (const [key, claim] of owned) {
          assert.equal(await store.get(key), claim, `${phase}: ${key}`);
        }
        for (const key of removed) assert.is(await store.get(key), undefined, `${phase}: ${key}`);
        const listed = await store.list({ prefix: 'session:' });
        assert.equal(
          listed.map(({ key }) => key),
          [...owned.keys()].sort(),
          phase,
        );
        const [newest] = await store.list({ prefix: 'session:race-', reverse: true, limit: 1 });
        assert.equal(newest, owned.get(`session:race-${String(round).padStart(3, '0')}`), phase);
      }
      const [oldest] = owned.keys();
      for (const store of stores)
        assert.is(await tryTo(() => store.own(oldest!, Uint8Array.of(9))), undefined, phase);
    };
    const learn = () => Promise.all(stores.map((store) => store.learn()));

    await exercise('before');
    assert.is(await rotateClaims(settings, part, clock.now), 'announced');
    assert.is(await rotateClaims(settings, part, clock.now), 'waiting', 'again is free');
    await stores[0]!.learn();
    await exercise('one server knows');
    await learn();
    const from = START + LEAD_MS;
    for (const [phase, at] of [
      ['nobody is there yet', from - 30_000],
      ['one is there', from - 10_000],
      ['two are there', from + 10_000],
      ['all are there', from + 30_000],
      ['two are settled', from + SETTLED_MS + 10_000],
      ['all are settled', from + SETTLED_MS + 30_000],
    ] as const) {
      clock.now = at;
      await exercise(phase);
    }
    clock.now = from + 3_600_000;
    // Two at once: one writes it down.
    const steps = await Promise.all([0, 1].map(() => rotateClaims(settings, part, clock.now)));
    assert.equal(steps.sort(), ['carried', 'overtaken']);
    await stores[1]!.learn();
    await exercise('one server reads the new one alone');
    await learn();
    await exercise('carried');
    assert.is(await rotateClaims(settings, part, clock.now), 'waiting');
    clock.now += LEAD_MS;
    assert.is(await rotateClaims(settings, part, clock.now), 'dropped');
    await learn();
    await exercise('dropped');
    assert.is(await rotateClaims(settings, part, clock.now), 'waiting', 'it is too young to be replaced');
    for (const keys of told) await eventually(() => [...owned.keys()].every((key) => keys.has(key)));
    const client = new CouchClient(settings);
    const { body } = await client.ask({ method: 'GET', path: `${part}/_all_docs` });
    assert.equal((body as { rows: unknown[] }).rows, [], 'what was deleted has left nothing');
    // Whoever starts now finds the same.
    const late = await openCouchStores(settings, { now: () => clock.now });
    for (const [key, claim] of owned) assert.equal(await late.claims.get(key), claim);
    await late.close();
    for (const server of servers) await server.close();
    await client.ask({ method: 'DELETE', path: generationName(part, 1) });
    client.close();
    await tearDownCouch(settings);
  });

  test.run();
}
