import type { ConversationId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { distributionId, receiveChain } from '../../conversation/chain.js';
import { isConversationError } from '../../conversation/errors.js';
import { ownDistribution, takeIterations } from '../../conversation/own-chain.js';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import { Writer } from '../testing/writer.js';
import { RoomChains } from './room-chains.js';

const test = suite('chains of a room');
const conversation = randomId<ConversationId>();
const writer = new Writer({ conversation });
const { account, device } = writer;
const name = { conversation, epoch: 0, device, generation: 1 };

/** The chain from an iteration on, as a key record brings it. */
const from = (iteration: number, of = writer) =>
  receiveChain({ ...of.chain, account: of.account }, ownDistribution(of.chain, iteration));

async function loaded() {
  const stores = await temporaryStores();
  const chains = await RoomChains.load(stores.keys, conversation);
  const keep = async (change: {
    writes: readonly never[] | Parameters<typeof stores.keys.write>[0];
    done(): void;
  }) => {
    await stores.keys.write(change.writes);
    change.done();
  };
  return { stores, chains, keep };
}

test('X6: a chain counts once its write is done, and outlives the process', async () => {
  const { stores, chains, keep } = await loaded();
  const change = chains.accept(from(0));
  assert.is(chains.of(name), undefined);
  await keep(change);
  assert.equal(chains.of(name), from(0));
  assert.equal(chains.received(distributionId(name)), from(0));
  assert.is(chains.of({ ...name, epoch: 1 }), undefined);
  assert.is(chains.of({ ...name, generation: 2 }), undefined);
  const again = await stores.reopen();
  assert.equal((await RoomChains.load(again.keys, conversation)).of(name), from(0));
  assert.is((await RoomChains.load(again.keys, randomId<ConversationId>())).of(name), undefined);
  await again.remove();
});

test('X6: of one chain the earliest state is kept, whatever order they come in; the same again is no write', async () => {
  const { stores, chains, keep } = await loaded();
  await keep(chains.accept(from(20)));
  await keep(chains.accept(from(5)));
  assert.is(chains.of(name)!.distribution.iteration, 5);
  assert.equal(chains.accept(from(20)).writes, []);
  assert.equal(chains.accept(from(5)).writes, []);
  assert.is((await RoomChains.load(stores.keys, conversation)).of(name)!.distribution.iteration, 5);
  await stores.remove();
});

test('X6: another chain under the same name is refused, and the first one stays', async () => {
  const { stores, chains, keep } = await loaded();
  await keep(chains.accept(from(0)));
  const impostor = new Writer({ conversation, account, device });
  for (const iteration of [0, 3])
    assert.throws(
      () => chains.accept(from(iteration, impostor)),
      (error: unknown) => isConversationError(error, 'conversation/chain-conflict'),
    );
  assert.equal(chains.of(name), from(0));
  await stores.remove();
});

test('X6 X7: an own chain is read by, too; iterations that were taken stay taken', async () => {
  const { stores, chains, keep } = await loaded();
  const created = chains.create(name, account);
  assert.is(chains.own(name), undefined);
  await keep(created);
  assert.equal(chains.own(name), created.chain);
  assert.is(chains.of(name)!.account, account);
  const { chain } = takeIterations(created.chain, 64);
  await keep(chains.keepOwn(chain));
  const again = await stores.reopen();
  const reopened = await RoomChains.load(again.keys, conversation);
  assert.is(reopened.own(name)!.nextIteration, 64);
  assert.is(reopened.of(name)!.distribution.iteration, 0, 'from its first state');
  await again.remove();
});

test('X6: an own chain of another epoch or generation is not the one to seal by; its reading side stays', async () => {
  const { stores, chains, keep } = await loaded();
  await keep(chains.create(name, account));
  assert.is(chains.own({ epoch: 1, generation: 1 }), undefined);
  assert.is(chains.own({ epoch: 0, generation: 2 }), undefined);
  await keep(chains.create({ ...name, epoch: 1 }, account));
  assert.is(chains.own(name)!.epoch, 0, 'it goes on until the next one begins');
  assert.is(chains.own({ epoch: 1, generation: 1 })!.epoch, 1);
  await keep(chains.create({ ...name, epoch: 2 }, account));
  assert.is(chains.own(name), undefined, 'and is given up with the one after');
  const reopened = await RoomChains.load(stores.keys, conversation);
  assert.ok(reopened.of(name) && reopened.of({ ...name, epoch: 1 }));
  assert.is(reopened.own(name), undefined);
  assert.is(reopened.own({ epoch: 2, generation: 1 })!.epoch, 2);
  await stores.remove();
});

test.run();
