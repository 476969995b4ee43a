import type { AccountId, DeviceId } from '@sotto/protocol';
import { documentName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aesGcmSeal, importAesGcmKey } from '../../crypto/aes-gcm.js';
import type { PlacedPost } from '../../sync/posts.js';
import { type TestDevice, testDevice } from '../testing/test-device.js';
import type { DeviceContext } from './device-context.js';

const test = suite('account log');
const [ada, ben] = [randomId<AccountId>(), randomId<AccountId>()];
const CLIENT = 7;

/** What waits to go out, placed as the server took it. */
function placed({ posts, accountLog }: DeviceContext, clock = 0): PlacedPost[] {
  return posts.of(accountLog.log).map((post, index) => ({
    ...post,
    placed: { document: documentName(accountLog.log, 0), client: CLIENT, clock: clock + index },
  }));
}

/** Another device of the account hears of these changes. */
async function hear(device: TestDevice, envelopes: readonly Uint8Array[], clock = 0): Promise<void> {
  const { accountLog } = device.context;
  await accountLog.take(documentName(accountLog.log, 0), {
    gap: false,
    runs: [{ client: CLIENT, clock, device: randomId<DeviceId>(), envelopes }],
  });
}

async function decide(device: TestDevice): Promise<Uint8Array[]> {
  await device.context.accountLog.setStanding(ada, 'accepted');
  await device.context.accountLog.setStanding(ben, 'blocked');
  return device.context.posts.of(device.context.accountLog.log).map(({ envelope }) => envelope);
}

test('U11: a decision is durable before it is sent, and waits in order', async () => {
  const device = await testDevice();
  assert.is((await decide(device)).length, 2);
  const again = await device.reopen();
  assert.equal(
    [again.context.accountLog.standing(ada), again.context.accountLog.standing(ben)],
    ['accepted', 'blocked'],
  );
  assert.is(again.context.posts.of(again.context.accountLog.log).length, 2);
  await again.remove();
});

test('U11: the same decision again is nothing to send', async () => {
  const device = await testDevice();
  await decide(device);
  assert.is((await decide(device)).length, 2);
  await device.remove();
});

test('U11 U8: what the log has taken is kept by the device that wrote it, and outlives the posts', async () => {
  const device = await testDevice();
  await decide(device);
  const { accountLog, posts, keys, messages } = device.context;
  for (const post of placed(device.context)) await accountLog.keepOwn(post);
  const waiting = await keys.list('post/');
  await keys.write(waiting.map(([key]) => ({ key, value: undefined })));
  assert.is(posts.of(accountLog.log).length, 2, 'only in memory now');
  assert.equal(await messages.stateVector(documentName(accountLog.log, 0)), new Map([[CLIENT, 2]]));
  const again = await device.reopen();
  assert.equal(
    [again.context.accountLog.standing(ada), again.context.accountLog.standing(ben)],
    ['accepted', 'blocked'],
  );
  await again.remove();
});

test('U11: another device of the account reads it, now and after its process', async () => {
  const [laptop, phone] = [await testDevice(), await testDevice()];
  await hear(phone, await decide(laptop));
  assert.is(phone.context.accountLog.standing(ben), 'blocked');
  await phone.context.accountLog.setStanding(ben, 'blocked');
  assert.is(phone.context.posts.of(phone.context.accountLog.log).length, 0);
  await laptop.remove();
  await phone.remove();
});

test('U9: what is not sealed with the account’s key, or is no update inside, is passed over and keeps its place', async () => {
  const [device, author] = [await testDevice(), await testDevice()];
  const [good] = await decide(author);
  const forged = await aesGcmSeal(
    await importAesGcmKey(new Uint8Array(32)),
    Uint8Array.of(0, 0),
    new Uint8Array(),
  );
  const changed = new Uint8Array(good!);
  changed[changed.length - 1]! ^= 1;
  const bad = [new Uint8Array(), Uint8Array.of(1, 2, 3), forged, changed];
  await hear(device, [...bad, good!]);
  assert.is(device.context.accountLog.standing(ada), 'accepted');
  const document = documentName(device.context.accountLog.log, 0);
  const stored = await device.context.messages.segment(document);
  assert.equal(
    stored.map(({ clock, content }) => [clock, content[0]]),
    [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 1],
    ],
  );
  const again = await device.reopen();
  assert.is(again.context.accountLog.standing(ada), 'accepted');
  await again.remove();
  await author.remove();
});

test('U11: sealed by the newest key, readable by all; what comes before its key opens when the key is here', async () => {
  const [laptop, phone] = [await testDevice(), await testDevice()];
  const before = laptop.context.accountKeys.current;
  await laptop.context.accountLog.setStanding(ada, 'accepted');
  const newest = crypto.getRandomValues(new Uint8Array(32));
  const rotated = { ...before, accountLogKeys: [newest, ...before.accountLogKeys] };
  laptop.context.accountKeys.replace(rotated);
  await laptop.context.accountLog.setStanding(ben, 'blocked');
  const envelopes = laptop.context.posts.of(laptop.context.accountLog.log).map(({ envelope }) => envelope);
  phone.context.accountKeys.replace({ ...before });
  await hear(phone, envelopes);
  const standings = (device: TestDevice) =>
    [ada, ben].map((account) => device.context.accountLog.standing(account));
  assert.equal(
    standings(phone),
    ['accepted', undefined],
    'the old key does not open what the new one sealed',
  );
  phone.context.accountKeys.replace(rotated);
  assert.is(await phone.context.accountLog.tryWaiting(), true);
  assert.is(await phone.context.accountLog.tryWaiting(), false);
  assert.equal(standings(phone), ['accepted', 'blocked']);
  const again = await laptop.reopen();
  assert.equal(standings(again), ['accepted', 'blocked']);
  await again.remove();
  await phone.remove();
});

test('K7: what waits to go out when the key changes goes out under the new one', async () => {
  const [laptop, removed] = [await testDevice(), await testDevice()];
  const { accountKeys, accountLog, posts } = laptop.context;
  const before = accountKeys.current;
  await decide(laptop);
  await accountLog.resealQueued();
  const sealed = posts.of(accountLog.log).map(({ envelope }) => envelope);
  accountKeys.replace({
    ...before,
    accountLogKeys: [crypto.getRandomValues(new Uint8Array(32)), ...before.accountLogKeys],
  });
  await accountLog.resealQueued();
  const again = posts.of(accountLog.log).map(({ envelope }) => envelope);
  assert.is(again.length, sealed.length);
  await hear(removed, again);
  assert.is(removed.context.accountLog.standing(ada), undefined, 'who has the old key alone reads nothing');
  await hear(removed, sealed, sealed.length);
  assert.is(removed.context.accountLog.standing(ada), 'accepted', 'control');
  const reopened = await laptop.reopen();
  assert.is(reopened.context.accountLog.standing(ada), 'accepted');
  assert.equal(
    reopened.context.posts.of(accountLog.log).map(({ envelope }) => envelope),
    again,
  );
  await reopened.remove();
  await removed.remove();
});

test('K11: what only an older key opens decides nothing, whoever sealed it; what was read before stays, and is said again', async () => {
  const [laptop, removed, later] = [await testDevice(), await testDevice(), await testDevice()];
  const { accountKeys, accountLog, posts } = laptop.context;
  const before = accountKeys.current;
  await hear(laptop, await decide(removed));
  const newest = crypto.getRandomValues(new Uint8Array(32));
  const rotated = { ...before, accountLogKeys: [newest, ...before.accountLogKeys] };
  accountKeys.replace(rotated);
  await removed.context.accountLog.setStanding(ben, 'accepted');
  const forged = removed.context.posts.of(removed.context.accountLog.log).at(-1)!.envelope;
  await hear(laptop, [forged], 2);
  assert.is(await accountLog.tryWaiting(), false);
  assert.is(accountLog.standing(ben), 'blocked');
  assert.is(posts.of(accountLog.log).length, 0);
  await accountLog.sayAgain();
  await accountLog.sayAgain();
  const again = posts.of(accountLog.log).map(({ envelope }) => envelope);
  assert.is(again.length, 1, 'all of it at once, and once');
  later.context.accountKeys.replace(rotated);
  await hear(later, [...(await decide(removed)), forged, ...again]);
  const standings = [ada, ben].map((account) => later.context.accountLog.standing(account));
  assert.equal(standings, ['accepted', 'blocked']);
  await later.context.accountLog.sayAgain();
  assert.is(later.context.posts.of(later.context.accountLog.log).length, 0, 'it came under the newest key');
  for (const device of [laptop, removed, later]) await device.remove();
});

test('U9: what is kept and what waits holds no name in the clear', async () => {
  const device = await testDevice();
  for (const envelope of await decide(device)) {
    const text = Buffer.from(envelope).toString('latin1');
    assert.not.ok(text.includes(ada) || text.includes('accepted') || text.includes('standings'));
  }
  await device.remove();
});

test.run();
