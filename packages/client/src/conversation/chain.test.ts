import { type ConversationId, type DeviceId, idBytes, LIMITS } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  CHAIN_ID,
  type ChainName,
  distributionId,
  mergeChains,
  type ReceivedChain,
  receiveChain,
} from './chain.js';
import { decodeOwnChain, decodeReceivedChain, encodeOwnChain, encodeReceivedChain } from './chain-record.js';
import { account, chainOf, codeOf, conversation, device, id } from './envelope-fixture.js';
import { fuzzDecoder } from './fuzz-decoder.js';
import {
  createOwnChain,
  isUsedUp,
  type OwnChain,
  ownDistribution,
  readOwnChain,
  stateAt,
  takeIterations,
  withDistributed,
} from './own-chain.js';

const test = suite('chain');
const name: ChainName = { conversation, epoch: 2, device, generation: 1 };

function received(chain: OwnChain, from: number): ReceivedChain {
  return receiveChain({ ...chain, account }, ownDistribution(chain, from));
}

test('X6 known answer of the distribution id', async () => {
  const label = new TextEncoder().encode('Sotto distribution v1');
  const input = [...label, ...idBytes(conversation), 0, 0, 0, 2, ...idBytes(device), 0, 0, 0, 1];
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(input)));
  assert.equal([...idBytes(distributionId(name))], [...digest.slice(0, 16)]);
});

test('X6 the id differs with each of its parts', () => {
  const others = [
    name,
    { ...name, conversation: id<ConversationId>(1) },
    { ...name, epoch: 3 },
    { ...name, device: id<DeviceId>(1) },
    { ...name, generation: 2 },
    { ...name, epoch: 1, generation: 2 },
  ];
  assert.is(new Set(others.map(distributionId)).size, others.length);
});

test('X6 a distribution for another conversation, epoch, device or generation is refused', async () => {
  const message = ownDistribution(createOwnChain(name));
  assert.is(receiveChain({ ...name, account }, message).distribution.chainId, CHAIN_ID);
  for (const wrong of [
    { conversation: id<ConversationId>(1) },
    { epoch: 1 },
    { device: id<DeviceId>(1) },
    { generation: 0 },
  ]) {
    const receive = () => receiveChain({ ...name, ...wrong, account }, message);
    assert.is(await codeOf(receive), 'conversation/misplaced');
  }
  const foreign = createOwnChain(name);
  const otherChainId = { ...foreign, first: { ...foreign.first, chainId: 2 } };
  assert.is(
    await codeOf(() => receiveChain({ ...name, account }, ownDistribution(otherChainId))),
    'conversation/misplaced',
  );
});

test('X6 a second distribution of the same chain keeps whichever begins earlier', () => {
  const chain = chainOf();
  const [early, late] = [received(chain, 3), received(chain, 9)];
  assert.is(mergeChains(early, late), early);
  assert.is(mergeChains(late, early), early);
  assert.is(mergeChains(early, received(chain, 3)), early, 'nothing to write');
});

test('X6 a second distribution with other contents is refused, the first stays', async () => {
  const chain = chainOf();
  const known = received(chain, 3);
  const other = chainOf();
  const key = new Uint8Array(32).fill(1);
  const wrong: ReceivedChain[] = [
    received(other, 3),
    received(other, 0),
    { ...known, distribution: { ...known.distribution, chainKey: key } },
    { ...known, distribution: { ...known.distribution, chainKey: key, iteration: 2 } },
    { ...known, distribution: { ...known.distribution, chainKey: key, iteration: 4 } },
    { ...known, distribution: { ...known.distribution, iteration: 0xffff_ffff } },
    { ...known, distribution: { ...known.distribution, signingKey: other.first.signingKeyPair.publicKey } },
    { ...known, account: id(7) },
    { ...received(chainOf({ epoch: 3 }), 3) },
  ];
  for (const [at, second] of wrong.entries())
    assert.is(await codeOf(() => mergeChains(known, second)), 'conversation/chain-conflict', `case ${at}`);
});

test('X6 records of chains come back', async () => {
  const used = takeIterations(chainOf(), 12).chain;
  const own = withDistributed(withDistributed(used, [device]), [id<DeviceId>(9), device]);
  assert.is(own.distributedTo.length, 2);
  assert.equal(decodeOwnChain(encodeOwnChain(own)), own);
  for (const chain of [readOwnChain(own, account), received(own, 5)])
    assert.equal(decodeReceivedChain(encodeReceivedChain(chain)), chain);
  const renamed = encodeOwnChain({ ...own, epoch: 9 });
  assert.is(await codeOf(() => decodeOwnChain(renamed)), 'conversation/malformed');
  const moved = encodeReceivedChain({ ...readOwnChain(own, account), epoch: 9 });
  assert.is(await codeOf(() => decodeReceivedChain(moved)), 'conversation/misplaced');
});

test('X6 a state is the same whichever way it was stepped to', () => {
  const chain = chainOf();
  const again = decodeOwnChain(encodeOwnChain(chain));
  const straight = [...stateAt(again, 70).chainKey];
  for (const iteration of [1, 2, 69, 5, 70]) stateAt(chain, iteration);
  assert.equal([...stateAt(chain, 70).chainKey], straight);
  assert.equal([...stateAt(chain, 0).chainKey], [...chain.first.chainKey]);
});

test('X6 a chain is used up after the envelopes that the limits allow', () => {
  const chain = takeIterations(chainOf(), LIMITS.chainEnvelopes - 1).chain;
  assert.not(isUsedUp(chain));
  assert.ok(isUsedUp(takeIterations(chain, 1).chain));
});

test('X6 fuzz: records and distributions fail only with typed errors', async () => {
  const own = withDistributed(chainOf(), [device]);
  await fuzzDecoder('own chain', encodeOwnChain(own), decodeOwnChain, 300);
  await fuzzDecoder('received chain', encodeReceivedChain(received(own, 2)), decodeReceivedChain, 300);
  await fuzzDecoder(
    'distribution',
    ownDistribution(own),
    (bytes) => receiveChain({ ...own, account }, bytes),
    300,
  );
});

test.run();
