import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import { Doubts } from './doubts.js';

const test = suite('doubts');
const always = async () => true;

test('X7: what stands for a minute online is confirmed, once, and settled when it comes', async () => {
  const stores = await temporaryStores();
  const doubts = await Doubts.open(stores.messages);
  assert.ok(await doubts.raise('list/ada/3', 1_000));
  assert.not.ok(await doubts.raise('list/ada/3', 9_000), 'doubted already');
  assert.ok(doubts.waiting);
  assert.equal(await doubts.confirm(60_999, always), []);
  assert.equal(await doubts.confirm(61_000, async () => false), [], 'the server has not said all yet');
  assert.equal(await doubts.confirm(61_000, always), ['list/ada/3']);
  assert.equal(await doubts.confirm(99_000, always), []);
  assert.ok(doubts.isConfirmed('list/ada/'));
  assert.not.ok(doubts.isConfirmed('list/ad'.concat('b')));
  assert.not.ok(doubts.waiting);
  assert.ok(await doubts.settle('list/ada/3'), 'it was confirmed');
  assert.not.ok(await doubts.settle('list/ada/3'));
  assert.not.ok(doubts.isConfirmed('list/'));
  await stores.remove();
});

test('X7: time without a connection does not count', async () => {
  const stores = await temporaryStores();
  const doubts = await Doubts.open(stores.messages);
  await doubts.raise('state/c/h', 0);
  doubts.offline(20_000);
  assert.equal(await doubts.confirm(100_000, always), []);
  doubts.online(200_000);
  doubts.online(230_000);
  assert.equal(await doubts.confirm(239_999, always), [], '20 seconds before, and these');
  doubts.offline(239_999);
  doubts.offline(300_000);
  assert.equal(await doubts.confirm(400_000, always), []);
  doubts.online(500_000);
  assert.equal(await doubts.confirm(500_001, always), ['state/c/h']);
  await stores.remove();
});

test('doubts outlive the process: confirmed ones stay so, others wait for the next connection', async () => {
  const stores = await temporaryStores();
  const before = await Doubts.open(stores.messages);
  await before.raise('list/ada/3', 0);
  await before.confirm(60_000, always);
  await before.raise('list/bo/2', 60_000);
  await before.raise('list/cy/2', 60_000);
  await before.settle('list/cy/2');
  const after = await Doubts.open(stores.messages);
  assert.ok(after.isConfirmed('list/ada/'));
  assert.equal(after.names().sort(), ['list/ada/3', 'list/bo/2']);
  assert.equal(await after.confirm(10 ** 12, always), [], 'nobody was asked yet');
  after.online(10 ** 12);
  assert.equal(await after.confirm(10 ** 12 + 60_000, always), ['list/bo/2']);
  await stores.remove();
});

test('whoever makes up claims without end fills no store', async () => {
  const stores = await temporaryStores();
  const doubts = await Doubts.open(stores.messages);
  let taken = 0;
  for (let version = 0; version < 1_100; version += 1)
    if (await doubts.raise(`list/x/${version}`, 0)) taken += 1;
  assert.is(taken, 1_024);
  await stores.remove();
});

test.run();
