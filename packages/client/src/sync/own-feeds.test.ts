import type { ClientGrant, ConversationId } from '@sotto/protocol';
import { LIMITS, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../store/testing/temporary-stores.js';
import { documentAt, following, NO_EVENT, OwnFeeds } from './own-feeds.js';

const test = suite('own feeds');
const log = logName('m', randomId<ConversationId>());
const grant = (client: number): ClientGrant => ({ client, mac: new Uint8Array(16) });
const digest = (fill: number) => new Uint8Array(16).fill(fill);
const EMPTY = { segment: 0, count: 0 };

async function feedsIn() {
  const stores = await temporaryStores();
  const feeds = new OwnFeeds(stores.keys);
  const write = async (fill: number, head = EMPTY, client = 5) => {
    const at = await feeds.next(log, head, grant(client));
    await stores.keys.write([feeds.moveTo(log, following(at, digest(fill)))]);
    return at;
  };
  return { stores, feeds, write };
}

test('X9: a feed begins at clock 0 and sequence 0, before it nothing', async () => {
  const { stores, feeds } = await feedsIn();
  const at = await feeds.next(log, { segment: 4, count: 3 }, grant(5));
  assert.equal(at, { segment: 4, client: 5, clock: 0, seq: 0, prev: NO_EVENT });
  assert.is(documentAt(log, at), `${log}.4`);
  await stores.remove();
});

test('D4 X9: clock and sequence go on, and each names the event before it', async () => {
  const { stores, feeds, write } = await feedsIn();
  assert.equal((await write(1)).clock, 0);
  assert.equal(await write(2), { segment: 0, client: 5, clock: 1, seq: 1, prev: digest(1) });
  assert.equal(await feeds.next(log, EMPTY, grant(5)), {
    segment: 0,
    client: 5,
    clock: 2,
    seq: 2,
    prev: digest(2),
  });
  await stores.remove();
});

test('G3 X9: under a fresh client id a new feed begins, and the sequence goes on', async () => {
  const { stores, write } = await feedsIn();
  await write(1);
  assert.equal(await write(2, EMPTY, 6), { segment: 0, client: 6, clock: 0, seq: 1, prev: digest(1) });
  assert.equal((await write(3, EMPTY, 6)).clock, 1);
  await stores.remove();
});

test('S7 X9: writers move on from a segment that is full, and the sequence goes on', async () => {
  const { stores, write } = await feedsIn();
  const full = { segment: 0, count: LIMITS.segmentSoft };
  assert.is((await write(1, { segment: 0, count: LIMITS.segmentSoft - 1 })).segment, 0);
  assert.equal(await write(2, full), { segment: 1, client: 5, clock: 0, seq: 1, prev: digest(1) });
  assert.equal((await write(3, { segment: 1, count: 1 })).clock, 1);
  await stores.remove();
});

test('S7: nobody goes back to an older segment because of old news', async () => {
  const { stores, write } = await feedsIn();
  await write(1, { segment: 3, count: 0 });
  assert.equal(await write(2, { segment: 1, count: 9 }), {
    segment: 3,
    client: 5,
    clock: 1,
    seq: 1,
    prev: digest(1),
  });
  await stores.remove();
});

test('U8: positions outlive the process', async () => {
  const { stores, write } = await feedsIn();
  await write(1);
  const again = await stores.reopen();
  assert.equal(await new OwnFeeds(again.keys).next(log, EMPTY, grant(5)), {
    segment: 0,
    client: 5,
    clock: 1,
    seq: 1,
    prev: digest(1),
  });
  await again.remove();
});

test('U8: after a write that did not happen, what is on disk counts', async () => {
  const { stores, feeds, write } = await feedsIn();
  await write(1);
  const at = await feeds.next(log, EMPTY, grant(5));
  feeds.moveTo(log, following(at, digest(2)));
  assert.is((await feeds.next(log, EMPTY, grant(5))).clock, 2);
  feeds.forget(log);
  assert.equal(await feeds.next(log, EMPTY, grant(5)), at);
  await stores.remove();
});

test('D4: each log has positions of its own', async () => {
  const { stores, feeds, write } = await feedsIn();
  await write(1);
  const receipts = logName('r', randomId<ConversationId>());
  assert.is((await feeds.next(receipts, EMPTY, grant(5))).seq, 0);
  await stores.remove();
});

test.run();
