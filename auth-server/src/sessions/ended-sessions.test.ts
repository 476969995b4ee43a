import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProtocolError, randomId, type SessionId } from '@sotto/protocol';
import { type ClaimStore, openLevelStores, sessionEndedKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EndedSessions } from './ended-sessions.js';

const test = suite('ended sessions');

/** The claims, failing to list the first `failures` times. */
function failingAtFirst(claims: ClaimStore, failures: number): { claims: ClaimStore; lists: () => number } {
  let lists = 0;
  const wrapped: ClaimStore = {
    claim: (...call) => claims.claim(...call),
    confirm: (claim) => claims.confirm(claim),
    release: (claim) => claims.release(claim),
    own: (...call) => claims.own(...call),
    get: (key) => claims.get(key),
    list: async (range) => {
      lists += 1;
      if (lists <= failures) throw new ProtocolError('sync/store-unavailable');
      return claims.list(range);
    },
    remove: (key) => claims.remove(key),
    erase: (keys) => claims.erase(keys),
    watch: (prefix, listener) => claims.watch(prefix, listener),
  };
  return { claims: wrapped, lists: () => lists };
}

test('a first load that fails is told to who asks, and made again by the next one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-ended-'));
  const stores = await openLevelStores(folder);
  const [gone, standing] = [randomId<SessionId>(), randomId<SessionId>()];
  await stores.claims.own(sessionEndedKey(gone), new Uint8Array());
  const { claims, lists } = failingAtFirst(stores.claims, 2);
  const ended = new EndedSessions(claims, Date.now);
  for (const _ of ['with the first load', 'with its own']) {
    const error = await ended.has(gone).then(
      () => undefined,
      (thrown) => thrown,
    );
    assert.instance(error, ProtocolError);
  }
  assert.is(await ended.has(gone), true);
  assert.is(await ended.has(standing), false);
  assert.is(lists(), 3, 'what was loaded is not loaded again');
  ended.close();
  await stores.close();
  await rm(folder, { recursive: true });
});

test.run();
