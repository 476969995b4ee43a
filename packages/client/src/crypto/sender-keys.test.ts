import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CryptoErrorCode, isCryptoError } from './errors.js';
import { hkdfSha256, hmacSha256 } from './kdf.js';
import { decodeFields, encodeFields } from './protobuf.js';
import { messageKeyAt } from './sender-chain.js';
import { parseDistributionMessage, parseSenderKeyMessage } from './sender-key-message.js';
import {
  createSenderKey,
  deserializeSenderKeyState,
  distributionMessage,
  openSenderKeyMessage,
  type SenderKeyState,
  sealSenderKeyMessage,
  serializeSenderKeyState,
  type VerifiedSenderKeyMessage,
  verifySenderKeyMessage,
} from './sender-keys.js';
import { fuzzDecoder } from './testing/fuzz-decoder.js';

const test = suite('sender-keys');
const distributionId = Uint8Array.from({ length: 16 }, (_, i) => i);
const text = (value: string) => new TextEncoder().encode(value);

async function sealed(count: number): Promise<{ first: SenderKeyState; messages: Uint8Array[] }> {
  const first = createSenderKey(distributionId, 77);
  const messages: Uint8Array[] = [];
  let state = first;
  for (let i = 0; i < count; i++) {
    const next = await sealSenderKeyMessage(state, text(`message ${i}`));
    messages.push(next.message);
    state = next.state;
  }
  return { first, messages };
}

async function open(distribution: Uint8Array, message: Uint8Array): Promise<string> {
  const chain = parseDistributionMessage(distribution);
  const parsed = await verifySenderKeyMessage(parseSenderKeyMessage(message), chain.signingKey);
  const plaintext = await openSenderKeyMessage(parsed, messageKeyAt(chain, parsed.iteration));
  return new TextDecoder().decode(plaintext);
}

async function codeOf(action: () => unknown): Promise<CryptoErrorCode | undefined> {
  try {
    await action();
  } catch (error) {
    if (!isCryptoError(error)) throw error;
    return error.code;
  }
  return undefined;
}

test('Sender Keys v3, wire layout of the distribution message', () => {
  const state = createSenderKey(distributionId, 300);
  const bytes = distributionMessage({ ...state, iteration: 5 });
  const expected = [
    0x33,
    ...[0x0a, 16, ...distributionId],
    ...[0x10, 0xac, 0x02],
    ...[0x18, 5],
    ...[0x22, 32, ...state.chainKey],
    ...[0x2a, 33, ...state.signingKeyPair.publicKey],
  ];
  assert.equal([...bytes], expected);
  assert.is(state.signingKeyPair.publicKey[0], 0x05);
});

test('Sender Keys v3, wire layout and key schedule of a message', async () => {
  const state = createSenderKey(distributionId, 1);
  const { message, state: next } = await sealSenderKeyMessage(state, text('hello'));
  assert.is(message[0], 0x33);
  assert.is(message.length, 1 + 18 + 2 + 2 + 18 + 64);
  const fields = decodeFields(message.slice(1, -64), () => new Error('malformed'));
  assert.equal(fields.bytes(1), distributionId);
  assert.is(fields.uint(2), 1);
  assert.is(fields.uint(3), 0);

  const keys = hkdfSha256(
    hmacSha256(state.chainKey, Uint8Array.of(1)),
    new Uint8Array(32),
    'WhisperGroup',
    48,
  );
  const key = await crypto.subtle.importKey('raw', keys.slice(16) as BufferSource, 'AES-CBC', false, [
    'decrypt',
  ]);
  const iv = keys.slice(0, 16) as BufferSource;
  const plaintext = await crypto.subtle.decrypt(
    { name: 'AES-CBC', iv },
    key,
    fields.bytes(4) as BufferSource,
  );
  assert.equal(new Uint8Array(plaintext), text('hello'));

  assert.is(next.iteration, 1);
  assert.equal(next.chainKey, hmacSha256(state.chainKey, Uint8Array.of(2)));
});

test('messages open in any order, and again, from the first state', async () => {
  const { first, messages } = await sealed(6);
  const distribution = distributionMessage(first);
  for (const i of [3, 0, 5, 1, 1, 4, 2, 3]) assert.is(await open(distribution, messages[i]!), `message ${i}`);
});

test('a distribution made later opens only what follows', async () => {
  const { first, messages } = await sealed(2);
  const { state } = await sealSenderKeyMessage(first, text(''));
  const distribution = distributionMessage(state);
  assert.is(await open(distribution, messages[1]!), 'message 1');
  assert.is(await codeOf(() => open(distribution, messages[0]!)), 'crypto/no-sender-key');
});

test('a change of any byte of a message is refused, before decryption', async () => {
  const { first, messages } = await sealed(1);
  const distribution = distributionMessage(first);
  for (let i = 0; i < messages[0]!.length; i++)
    for (const flip of [0x01, 0x80]) {
      const changed = new Uint8Array(messages[0]!);
      changed[i]! ^= flip;
      const code = await codeOf(() => open(distribution, changed));
      assert.ok(
        code === 'crypto/invalid-signature' ||
          code === 'crypto/invalid-message' ||
          code === 'crypto/unsupported-version',
        `byte ${i}: ${code}`,
      );
    }
});

test('a message whose signature was not verified cannot be opened, whatever its type claims', async () => {
  const { first, messages } = await sealed(1);
  const parsed = parseSenderKeyMessage(messages[0]!) as VerifiedSenderKeyMessage;
  assert.is(
    await codeOf(() => openSenderKeyMessage(parsed, messageKeyAt(first, 0))),
    'crypto/invalid-signature',
  );
});

test('a member who holds the chain but not the signing key cannot speak for its sender', async () => {
  const { first } = await sealed(0);
  const forger = { ...first, signingKeyPair: createSenderKey(distributionId, 77).signingKeyPair };
  const { message } = await sealSenderKeyMessage(forger, text('forged'));
  assert.is(await codeOf(() => open(distributionMessage(first), message)), 'crypto/invalid-signature');
});

test('a message key of another iteration is refused', async () => {
  const { first, messages } = await sealed(1);
  const parsed = await verifySenderKeyMessage(
    parseSenderKeyMessage(messages[0]!),
    first.signingKeyPair.publicKey,
  );
  assert.is(
    await codeOf(() => openSenderKeyMessage(parsed, messageKeyAt(first, 1))),
    'crypto/invalid-message',
  );
});

test('a used-up chain seals no more', async () => {
  const state = { ...createSenderKey(distributionId, 0), iteration: 0xffffffff };
  assert.is(await codeOf(() => sealSenderKeyMessage(state, text(''))), 'crypto/too-far');
});

test('ids of the wrong size begin no chain', async () => {
  assert.is(await codeOf(() => createSenderKey(new Uint8Array(15), 0)), 'crypto/invalid-state');
  for (const chainId of [-1, 0.5, 2 ** 32, Number.NaN])
    assert.is(await codeOf(() => createSenderKey(distributionId, chainId)), 'crypto/invalid-state');
});

test('own state survives serialisation', async () => {
  const { state } = await sealSenderKeyMessage(createSenderKey(distributionId, 0xffffffff), text(''));
  assert.equal(deserializeSenderKeyState(serializeSenderKeyState(state)), state);
});

test('required fields, exact sizes and one version are demanded', async () => {
  const good = distributionMessage(createSenderKey(distributionId, 1));
  assert.is(
    await codeOf(() => parseDistributionMessage(Uint8Array.of(0x34, ...good.slice(1)))),
    'crypto/unsupported-version',
  );
  assert.is(await codeOf(() => parseDistributionMessage(Uint8Array.of(0x33))), 'crypto/invalid-message');
  assert.is(await codeOf(() => parseDistributionMessage(new Uint8Array())), 'crypto/invalid-message');
  const twice = Uint8Array.of(...good, ...encodeFields([[2, 1]]));
  assert.is(await codeOf(() => parseDistributionMessage(twice)), 'crypto/invalid-message');
  const unknown = Uint8Array.of(...good, ...encodeFields([[9, text('later')]]));
  assert.equal(parseDistributionMessage(unknown), parseDistributionMessage(good));
});

test('fuzz: decoders of sender keys throw typed errors only', async () => {
  const { first, messages } = await sealed(1);
  const targets: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
    ['sender key message', messages[0]!, parseSenderKeyMessage],
    ['distribution message', distributionMessage(first), parseDistributionMessage],
    ['sender key state', serializeSenderKeyState(first), deserializeSenderKeyState],
  ];
  for (const [name, valid, decode] of targets) {
    const { accepted, rejected } = await fuzzDecoder(name, valid, decode, 1_500);
    assert.ok(accepted > 0 && rejected > 0);
  }
  const opened = await fuzzDecoder(
    'whole message',
    messages[0]!,
    (bytes) => open(distributionMessage(first), bytes),
    500,
  );
  // Some changes put back the byte that was there.
  assert.ok(opened.rejected > 400);
});

test.run();
