import { type ConversationId, type DeviceId, LIMITS } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createSenderKey, sealSenderKeyMessage } from '../crypto/index.js';
import { type Binding, encodeBinding, encodeBound } from './binding.js';
import { distributionId, mergeChains, type ReceivedChain, receiveChain } from './chain.js';
import { ChainCache } from './chain-cache.js';
import { openEnvelope, readEnvelopeHeader, sealEnvelope } from './envelope.js';
import {
  account,
  bindingAt,
  chainOf,
  codeOf,
  conversation,
  device,
  id,
  messageBytes,
  positionAt,
  sealText,
} from './envelope-fixture.js';
import { decodeEvent } from './event.js';
import { fuzzDecoder } from './fuzz-decoder.js';
import { type OwnChain, ownDistribution, readOwnChain, stateAt, takeIterations } from './own-chain.js';
import { BUCKETS, bucketOf } from './padding.js';
import { TEXT_CORPUS } from './text-corpus.js';

const test = suite('envelope');

/** Opens with every chain given, each under its own id. */
function opener(chains: readonly ReceivedChain[], cache = new ChainCache()) {
  const byId = new Map(chains.map((chain) => [distributionId(chain), chain]));
  return (bytes: Uint8Array, position = positionAt(), by: DeviceId = device) =>
    openEnvelope({ bytes, position, device: by, chains: (name) => byId.get(name), cache });
}

/** A message whose author signs whatever plaintext he likes. */
async function sealedRaw(chain: OwnChain, plaintext: Uint8Array, iteration = 0): Promise<Uint8Array> {
  return (await sealSenderKeyMessage(stateAt(chain, iteration), plaintext)).message;
}

test('X8 every text of the corpus arrives byte for byte', async () => {
  const chain = chainOf();
  const open = opener([readOwnChain(chain, account)]);
  for (const [iteration, text] of TEXT_CORPUS.entries()) {
    const at = { clock: iteration, seq: iteration };
    const bytes = await sealText(chain, iteration, text, bindingAt(at));
    assert.ok(bytes.length <= LIMITS.envelopeBytes);
    const opened = await open(bytes, positionAt(at));
    assert.ok(opened.status === 'open');
    const event = decodeEvent(opened.event);
    assert.is(event.type === 'message' && event.body.text, text);
    assert.equal(opened.binding, { ...bindingAt(at), conversation, epoch: 2 });
    assert.is(opened.iteration, iteration);
    assert.is(opened.chain.account, account);
  }
});

test('X5 an envelope over a 20-character text is at most 256 bytes, before padding and after', async () => {
  const chain = chainOf({ epoch: 70_000 });
  const event = messageBytes('Twenty characters ok');
  const bound = encodeBound({ ...bindingAt(), segment: 999_999, conversation, epoch: 70_000 }, event);
  const unpadded = await sealedRaw(chain, bound, 999);
  assert.ok(unpadded.length <= 256, `${unpadded.length} bytes`);
  const sealed = await sealText(chain, 999, 'Twenty characters ok');
  process.stdout.write(`20 characters: ${unpadded.length} bytes unpadded, ${sealed.length} sealed\n`);
  assert.ok(sealed.length <= 256, `${sealed.length} bytes sealed`);
});

test('X5 texts within a bucket give envelopes of one size', async () => {
  const chain = chainOf();
  const sizes = new Map<number, Set<number>>();
  for (let length = 0; length < 700; length += 7) {
    const bound = encodeBound({ ...bindingAt(), conversation, epoch: 2 }, messageBytes('x'.repeat(length)));
    const bucket = bucketOf(bound.length)!;
    const { length: size } = await sealText(chain, length, 'x'.repeat(length));
    // The iteration's own varint is outside the padding: one byte or two.
    sizes.set(bucket, (sizes.get(bucket) ?? new Set()).add(length < 128 ? size + 1 : size));
  }
  assert.is(sizes.size, 6);
  for (const found of sizes.values()) assert.is(found.size, 1);
});

test('X5 the largest bucket fits an envelope; more is refused with a code', async () => {
  const chain = chainOf();
  const binding = { ...bindingAt(), conversation, epoch: 2 };
  const room = BUCKETS.at(-1)! - encodeBound(binding, new Uint8Array()).length - 1;
  const largest = await sealEnvelope({ chain, iteration: 0, binding, event: new Uint8Array(room) });
  assert.ok(largest.length <= LIMITS.envelopeBytes);
  const over = new Uint8Array(room + 1);
  assert.is(
    await codeOf(() => sealEnvelope({ chain, iteration: 0, binding, event: over })),
    'conversation/too-large',
  );
});

test('X8 each changed bit is refused, or names a chain that is not known', async () => {
  const chain = chainOf();
  const open = opener([readOwnChain(chain, account)]);
  const bytes = await sealText(chain, 0, 'tamper');
  assert.is((await open(bytes)).status, 'open');
  const unknown: number[] = [];
  for (let at = 0; at < bytes.length; at++)
    for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
      const changed = new Uint8Array(bytes);
      changed[at]! ^= bit;
      const code = await codeOf(async () => {
        const { status } = await open(changed);
        assert.is(status, 'no-key', `byte ${at}, bit ${bit} opened`);
        unknown.push(at);
      });
      if (code)
        assert.ok(
          ['conversation/forged', 'conversation/malformed', 'conversation/misplaced'].includes(code),
          `byte ${at}: ${code}`,
        );
    }
  assert.is(unknown.length, 128, 'the 16 bytes of the distribution id and no others');
  assert.equal([Math.min(...unknown), Math.max(...unknown)], [3, 18]);
});

test('X8 a moved envelope is refused: segment, log, conversation, client, clock, device', async () => {
  const chain = chainOf();
  const open = opener([readOwnChain(chain, account)]);
  const bytes = await sealText(chain, 0, 'here and nowhere else');
  for (const moved of [{ segment: 4 }, { log: 'r' as const }, { client: 8 }, { clock: 42 }])
    assert.is(
      await codeOf(() => open(bytes, positionAt(moved))),
      'conversation/misplaced',
      JSON.stringify(moved),
    );
  const elsewhere = positionAt({}, id<ConversationId>(0xc1));
  assert.is(await codeOf(() => open(bytes, elsewhere)), 'conversation/misplaced');
  assert.is(await codeOf(() => open(bytes, positionAt(), id<DeviceId>(0xd1))), 'conversation/misplaced');
  assert.is((await open(bytes)).status, 'open');
});

test('X8 an envelope found in a log that no chain seals is refused', async () => {
  const chain = chainOf();
  const open = opener([readOwnChain(chain, account)]);
  const bytes = await sealText(chain, 0, 'state?');
  const document = positionAt().document.replace(/^m/, 's') as ReturnType<typeof positionAt>['document'];
  assert.is(await codeOf(() => open(bytes, { ...positionAt(), document })), 'conversation/misplaced');
});

test('X6 a chain recorded under another epoch or generation than its id does not open', async () => {
  const chain = chainOf();
  const honest = readOwnChain(chain, account);
  const bytes = await sealText(chain, 0, 'which epoch?');
  for (const wrong of [{ epoch: 3 }, { generation: 2 }, { device: id<DeviceId>(0xd1) }]) {
    const name = distributionId(honest);
    const chains = () => ({ ...honest, ...wrong });
    const open = () =>
      openEnvelope({ bytes, position: positionAt(), device, chains, cache: new ChainCache() });
    const code = await codeOf(open);
    // The feed's device is what counts; a record's own device is never asked.
    if ('device' in wrong) assert.is(code, undefined);
    else assert.is(code, 'conversation/misplaced', name);
  }
});

test('X7 an author who binds to another place than he writes to is refused', async () => {
  const chain = chainOf();
  const honest: Binding = { ...bindingAt(), conversation, epoch: 2 };
  const wrong: Partial<Binding>[] = [
    { conversation: id<ConversationId>(0xc1) },
    { log: 'r' },
    { segment: 2 },
    { epoch: 3 },
    { client: 1 },
    { clock: 40 },
  ];
  for (const [iteration, field] of wrong.entries()) {
    const bytes = await sealedRaw(
      chain,
      encodeBinding({ ...honest, ...field }, messageBytes('x')),
      iteration,
    );
    const open = opener([readOwnChain(chain, account)]);
    assert.is(await codeOf(() => open(bytes)), 'conversation/misplaced', JSON.stringify(field));
  }
});

test('X7 a signed plaintext that is no binding is refused as malformed, a later version as such', async () => {
  const chain = chainOf();
  const open = opener([readOwnChain(chain, account)]);
  const good = encodeBinding({ ...bindingAt(), conversation, epoch: 2 }, messageBytes('x'));
  const later = new Uint8Array(good);
  later[0] = 2;
  const over = new Uint8Array(239);
  over.set(good);
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(159), 'conversation/malformed'],
    [new Uint8Array(), 'conversation/malformed'],
    [good.subarray(0, 96), 'conversation/malformed'],
    [over, 'conversation/malformed'],
    [later, 'conversation/version'],
  ];
  for (const [iteration, [plaintext, code]] of cases.entries()) {
    const bytes = await sealedRaw(chain, plaintext, iteration);
    assert.is(await codeOf(() => open(bytes)), code, `case ${iteration}`);
  }
});

test('X8 signed by another key under the same distribution id: forged', async () => {
  const chain = chainOf();
  const stranger = { ...chain, first: createSenderKey(chain.first.distributionId, 1) };
  const open = opener([readOwnChain(chain, account)]);
  assert.is(await codeOf(async () => open(await sealText(stranger, 0, 'me too'))), 'conversation/forged');
  // Even with the chain key: who may read may not write.
  const reader = { ...chain, first: { ...chain.first, signingKeyPair: stranger.first.signingKeyPair } };
  assert.is(await codeOf(async () => open(await sealText(reader, 0, 'as him'))), 'conversation/forged');
});

test('X8 one iteration at two positions is refused, the same position again is not', async () => {
  const chain = chainOf();
  const cache = new ChainCache();
  const open = opener([readOwnChain(chain, account)], cache);
  const first = await sealText(chain, 5, 'first');
  const second = await sealText(chain, 5, 'second', bindingAt({ clock: 42 }));
  await open(first);
  assert.is((await open(first)).status, 'open');
  assert.is(await codeOf(() => open(second, positionAt({ clock: 42 }))), 'conversation/repeated');
});

test('X8 without the chain, or with one that begins later: no-key, and it opens once the chain is there', async () => {
  const chain = chainOf();
  const bytes = await sealText(chain, 4, 'early');
  const name = { distributionId: distributionId(chain), iteration: 4 };
  assert.equal(readEnvelopeHeader(bytes), name);
  assert.equal(await opener([])(bytes), { status: 'no-key', ...name });
  const late = receiveChain({ ...chain, account }, ownDistribution(chain, 5));
  const cache = new ChainCache();
  assert.equal(await opener([late], cache)(bytes), { status: 'no-key', ...name });
  const whole = mergeChains(late, receiveChain({ ...chain, account }, ownDistribution(chain)));
  assert.is((await opener([whole], cache)(bytes)).status, 'open');
});

test('X8 an iteration out of reach is refused with a code', async () => {
  const chain = chainOf();
  const bytes = await sealText(chain, 25_000, 'x');
  const far = { ...chain, first: stateAt(chain, 20_000) };
  const bytesFurther = await sealText(far, 25_001, 'x');
  const open = opener([readOwnChain(chain, account)]);
  assert.is((await open(bytes)).status, 'open');
  assert.is(await codeOf(() => open(bytesFurther)), 'conversation/too-far');
});

test('X8 iterations in any order, from any of many chains', async () => {
  const chains = Array.from({ length: 3 }, (_, i) => chainOf({ device: id<DeviceId>(0x10 + i) }));
  const open = opener(chains.map((chain) => readOwnChain(chain, account)));
  for (const iteration of [300, 2, 299, 64, 0, 128, 63, 1])
    for (const chain of chains) {
      const at = { clock: iteration };
      const bytes = await sealText(chain, iteration, `${iteration}`, bindingAt(at));
      assert.is((await open(bytes, positionAt(at), chain.device)).status, 'open');
    }
});

test('X8 sealing takes iterations in turn and never one twice', () => {
  let chain = chainOf();
  const taken: number[] = [];
  for (const count of [1, 3, 1]) {
    const next = takeIterations(chain, count);
    taken.push(next.iteration);
    chain = next.chain;
  }
  assert.equal(taken, [0, 1, 4]);
  assert.is(chain.nextIteration, 5);
});

test('X8 fuzz: envelopes fail only with typed errors', async () => {
  const chain = chainOf();
  const open = opener([readOwnChain(chain, account)]);
  const bytes = await sealText(chain, 0, 'fuzz');
  const opened = await fuzzDecoder('envelope', bytes, async (input) => {
    const result = await open(input);
    if (result.status === 'open') assert.equal(input, bytes);
  });
  assert.ok(opened.refused > 200);
  await fuzzDecoder('envelope header', bytes, readEnvelopeHeader);
});

test('X7 fuzz: signed plaintexts fail only with typed errors', async () => {
  const good = encodeBinding({ ...bindingAt(), conversation, epoch: 2 }, messageBytes('x'));
  let iteration = 0;
  const chain = chainOf();
  const open = opener([readOwnChain(chain, account)]);
  const decode = async (plaintext: Uint8Array) => {
    iteration += 1;
    await open(await sealedRaw(chain, plaintext, iteration));
  };
  const { refused } = await fuzzDecoder('binding', good, decode, 250);
  assert.ok(refused > 60);
});

test.run();
