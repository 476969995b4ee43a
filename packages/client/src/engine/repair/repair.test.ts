import { type ConversationId, type DeviceId, documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { distributionId } from '../../conversation/chain.js';
import type { DistributionId } from '../../conversation/fields.js';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import type { Waiting } from '../room/log-reader.js';
import { givenFrom, givenWrite } from '../sending/given-chains.js';
import { AnswerPace } from './answer-pace.js';
import { healedWrite, lostSessions, lostWrite } from './lost-sessions.js';
import { ASK_AFTER_MS, countWaiting, WaitingKeys } from './waiting-keys.js';

const test = suite('repair');
const conversation = randomId<ConversationId>();
const device = randomId<DeviceId>();
const chain = (epoch: number): DistributionId =>
  distributionId({ conversation, device, epoch, generation: 1 });

function waiting(epoch: number, clock: number): Waiting {
  const document = documentName(logName('m', conversation), 0);
  return { position: { document, client: 7, clock }, device, distributionId: chain(epoch) };
}

test('X18: a chain is asked for after a while, then ever more rarely, however many envelopes wait and whatever comes beside', () => {
  const keys = new WaitingKeys();
  assert.is(keys.set(conversation, [waiting(0, 0), waiting(0, 1), waiting(1, 2)], 1_000), true);
  assert.is(keys.nextDue(), 1_000 + ASK_AFTER_MS[0]);
  assert.equal([...countWaiting(keys.all())], [[conversation, 3]]);
  let now = 1_000 + ASK_AFTER_MS[0];
  for (let asked = 1; asked <= 8; asked += 1) {
    keys.asked(keys.all(), now);
    // Another message of the same chain changes nothing of that.
    keys.set(conversation, [waiting(0, 0), waiting(1, 2), waiting(0, 2 + asked)], now + 1);
    const wait = ASK_AFTER_MS[Math.min(asked, ASK_AFTER_MS.length - 1)]!;
    assert.is(keys.nextDue(), now + wait);
    now += wait;
  }
  assert.equal(
    keys.all().map(({ since }) => since),
    [1_000, 1_000],
  );
  assert.is(keys.set(conversation, [], now), false);
  assert.is(keys.nextDue(), undefined);
});

test('X18: a device that asks without end is not answered without end, and hinders nobody else', () => {
  let now = 0;
  const pace = new AnswerPace(() => now);
  assert.is(pace.admits(device, chain(0)), true);
  assert.is(pace.admits(device, chain(0)), false, 'the same chain again at once');
  let answered = 0;
  for (let epoch = 1; epoch <= 500; epoch += 1) if (pace.admits(device, chain(epoch))) answered += 1;
  assert.ok(answered > 10 && answered < 128, `${answered} answers`);
  assert.is(pace.admits(randomId<DeviceId>(), chain(0)), true);
  now += 3_600_000;
  assert.is(pace.admits(device, chain(0)), true, 'an hour later');
});

test('X18: what a device was given is given again from the lowest iteration that it had', async () => {
  const stores = await temporaryStores();
  const id = chain(0);
  assert.is(await givenFrom(stores.keys, id, device), undefined);
  for (const iteration of [5, 9, 3])
    await stores.keys.write(await givenWrite(stores.keys, id, device, iteration));
  assert.is(await givenFrom(stores.keys, id, device), 3);
  assert.is(await givenFrom(stores.keys, chain(1), device), undefined);
  await stores.remove();
});

test('a lost session is remembered until its device has heard of it', async () => {
  const stores = await temporaryStores();
  const address = { account: randomId<never>(), device };
  await stores.keys.write([lostWrite(address)]);
  assert.equal(await lostSessions(stores.keys), [address]);
  await stores.keys.write([healedWrite(device)]);
  assert.equal(await lostSessions(stores.keys), []);
  await stores.remove();
});

test.run();
