import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateKeyPair } from './curve25519.js';
import { type CryptoErrorCode, isCryptoError } from './errors.js';
import { generateIdentityKeyPair } from './identity-key.js';
import { nextChainKey } from './kdf.js';
import { decodeFields } from './protobuf.js';
import { seededRandom } from './seeded-random.js';
import { type CiphertextMessage, CiphertextMessageType, decryptInRecord } from './session.js';
import { parsePreKeySignalMessage, parseSignalMessage } from './session-message.js';
import {
  archiveCurrent,
  deserializeSessionRecord,
  MAX_UNANSWERED_AGE_MS,
  serializeSessionRecord,
} from './session-state.js';
import { fuzzDecoder } from './testing/fuzz-decoder.js';
import { kyberRound3 } from './testing/kyber-round3.js';
import { printSeed } from './testing/print-seed.js';
import { TestDevice } from './testing/session-fixture.js';

const test = suite('session-cipher');

async function codeOf(action: () => unknown): Promise<CryptoErrorCode | undefined> {
  try {
    await action();
  } catch (error) {
    if (!isCryptoError(error)) throw error;
    return error.code;
  }
  return undefined;
}

/** Alice and Bob, Alice having begun a session that Bob has answered. */
async function established(): Promise<{ alice: TestDevice; bob: TestDevice }> {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  await alice.begin(bob);
  assert.is(await bob.decrypt(alice, await alice.encrypt(bob, 'hello')), 'hello');
  assert.is(await alice.decrypt(bob, await bob.encrypt(alice, 'welcome')), 'welcome');
  return { alice, bob };
}

async function recordOf(device: TestDevice, peer: TestDevice) {
  return deserializeSessionRecord((await device.stores.loadSession(peer.address))!);
}

test('PQXDH 3.3-3.4, a session with and without a one-time pre-key', async () => {
  for (const oneTime of [true, false]) {
    const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
    await alice.begin(bob, await bob.bundle({ oneTime }));
    const first = await alice.encrypt(bob, 'hello');
    assert.is(first.type, CiphertextMessageType.PreKey);
    assert.is(await bob.decrypt(alice, first), 'hello');
    const answer = await bob.encrypt(alice, 'welcome');
    assert.is(answer.type, CiphertextMessageType.Signal);
    assert.is(await alice.decrypt(bob, answer), 'welcome');
    assert.is((await alice.encrypt(bob, 'now short')).type, CiphertextMessageType.Signal);
  }
});

test('PQXDH 2.1, another KEM can be plugged in; both sides must have the same', async () => {
  const [alice, bob] = [new TestDevice('alice', kyberRound3), new TestDevice('bob', kyberRound3)];
  await alice.begin(bob);
  assert.is(await bob.decrypt(alice, await alice.encrypt(bob, 'hello')), 'hello');
  const other = new TestDevice('other');
  assert.is(await codeOf(async () => other.begin(bob)), 'crypto/invalid-key');
});

test('Session messages v4, wire layout of both messages', async () => {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  const bundle = await bob.bundle();
  await alice.begin(bob, bundle);
  const { body } = await alice.encrypt(bob, 'hello');
  const malformed = () => new Error('malformed');
  assert.is(body[0], 0x44);
  const outer = decodeFields(body.slice(1), malformed);
  assert.is(outer.uint(1), bundle.oneTimePreKey!.id);
  assert.is(outer.bytes(2, 33)[0], 0x05);
  assert.equal(outer.bytes(3, 33), alice.identity.publicKey);
  assert.is(outer.uint(5), await alice.stores.getLocalRegistrationId());
  assert.is(outer.uint(6), bundle.signedPreKeyId);
  assert.is(outer.uint(7), bundle.kyberPreKeyId);
  assert.is(outer.bytes(8, 1569)[0], 0x0a);
  const message = outer.bytes(4);
  assert.is(message[0], 0x44);
  const inner = decodeFields(message.slice(1, -8), malformed);
  assert.is(inner.bytes(1, 33)[0], 0x05);
  assert.equal([inner.uint(2), inner.uint(3)], [0, 0]);
  assert.is(inner.bytes(4).length, 16);
});

test('pre-keys are used up: the one-time ones go, a last-resort one stays', async () => {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  const bundle = await bob.bundle();
  await alice.begin(bob, bundle);
  await bob.decrypt(alice, await alice.encrypt(bob, 'hello'));
  assert.is(await bob.stores.loadPreKey(bundle.oneTimePreKey!.id), undefined);
  assert.is(await bob.stores.loadKyberPreKey(bundle.kyberPreKeyId), undefined);
  const carol = new TestDevice('carol');
  await carol.begin(bob, bundle);
  assert.is(
    await codeOf(async () => bob.decrypt(carol, await carol.encrypt(bob, 'late'))),
    'crypto/invalid-key-id',
  );

  const lasting = await bob.bundle({ oneTime: false, lastResort: true });
  for (const device of [carol, new TestDevice('dave')]) {
    await device.begin(bob, lasting);
    assert.is(await bob.decrypt(device, await device.encrypt(bob, 'hello')), 'hello');
  }
});

test('PQXDH 4.2, the beginning of a session on a last-resort key cannot be replayed', async () => {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  await alice.begin(bob, await bob.bundle({ oneTime: false, lastResort: true }));
  const first = await alice.encrypt(bob, 'hello');
  await bob.decrypt(alice, first);
  assert.is(await codeOf(() => bob.decrypt(alice, first)), 'crypto/duplicate-message');
  // Even with the session itself gone
  await bob.stores.storeSession(alice.address, serializeSessionRecord({ archived: [] }));
  assert.is(await codeOf(() => bob.decrypt(alice, first)), 'crypto/duplicate-message');
});

test('pre-key messages out of order, one lost, before the answer', async () => {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  await alice.begin(bob);
  const messages: CiphertextMessage[] = [];
  for (let i = 0; i < 4; i++) messages.push(await alice.encrypt(bob, `m${i}`));
  for (const i of [2, 0, 3]) assert.is(await bob.decrypt(alice, messages[i]!), `m${i}`);
  assert.is((await recordOf(bob, alice)).archived.length, 0);
});

test('Double Ratchet 2.6, out of order within and across ratchet steps', async () => {
  const { alice, bob } = await established();
  const early = [
    await alice.encrypt(bob, 'a0'),
    await alice.encrypt(bob, 'a1'),
    await alice.encrypt(bob, 'a2'),
  ];
  assert.is(await bob.decrypt(alice, early[1]!), 'a1');
  assert.is(await alice.decrypt(bob, await bob.encrypt(alice, 'b0')), 'b0');
  const later = [await alice.encrypt(bob, 'a3'), await alice.encrypt(bob, 'a4')];
  assert.is(await bob.decrypt(alice, later[1]!), 'a4');
  assert.is(await bob.decrypt(alice, early[2]!), 'a2');
  assert.is(await bob.decrypt(alice, early[0]!), 'a0');
  assert.is(await bob.decrypt(alice, later[0]!), 'a3');
});

test('Double Ratchet 3.4, the header tells the length of the previous chain', async () => {
  const { alice, bob } = await established();
  for (let i = 0; i < 3; i++) await alice.encrypt(bob, 'lost');
  await bob.decrypt(alice, await alice.encrypt(bob, 'read'));
  await alice.decrypt(bob, await bob.encrypt(alice, 'turn'));
  const header = parseSignalMessage((await alice.encrypt(bob, 'next')).body);
  assert.equal([header.counter, header.previousCounter], [0, 4]);
});

test('a replayed message is refused, in order and out of order', async () => {
  const { alice, bob } = await established();
  const messages = [await alice.encrypt(bob, 'm0'), await alice.encrypt(bob, 'm1')];
  for (const i of [1, 0]) await bob.decrypt(alice, messages[i]!);
  for (const i of [0, 1])
    assert.is(await codeOf(() => bob.decrypt(alice, messages[i]!)), 'crypto/duplicate-message');
});

test('a message that is not authentic changes nothing', async () => {
  const { alice, bob } = await established();
  const message = await alice.encrypt(bob, 'genuine');
  const before = await bob.stores.loadSession(alice.address);
  for (let i = 0; i < message.body.length; i++) {
    const body = new Uint8Array(message.body);
    body[i]! ^= 1;
    assert.ok(await codeOf(() => bob.decrypt(alice, { ...message, body })), `byte ${i}`);
  }
  assert.equal(await bob.stores.loadSession(alice.address), before);
  assert.is(await bob.decrypt(alice, message), 'genuine');
});

test('a pre-key message that is not authentic uses up no pre-key and makes no session', async () => {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  const bundle = await bob.bundle();
  await alice.begin(bob, bundle);
  const message = await alice.encrypt(bob, 'genuine');
  // Every byte but the registration id's is authenticated, as on Signal's wire; these steps pass over it.
  const step = 37;
  for (let i = 0; i < message.body.length; i += step) {
    const body = new Uint8Array(message.body);
    body[i]! ^= 1;
    const code = await codeOf(() => bob.decrypt(alice, { ...message, body }));
    assert.ok(code, `byte ${i}`);
  }
  assert.is(await bob.stores.loadSession(alice.address), undefined);
  assert.ok(await bob.stores.loadPreKey(bundle.oneTimePreKey!.id));
  assert.is(await bob.decrypt(alice, message), 'genuine');
});

test('a message turned back on its sender is refused', async () => {
  const { alice, bob } = await established();
  const message = await alice.encrypt(bob, 'mirror');
  assert.is(await codeOf(() => alice.decrypt(bob, message)), 'crypto/invalid-message');
});

test('a bundle whose signatures are not its identity is refused', async () => {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  const bundle = await bob.bundle();
  const wrong = [
    { ...bundle, identityKey: generateIdentityKeyPair().publicKey },
    { ...bundle, signedPreKey: generateKeyPair().publicKey },
    { ...bundle, kyberPreKey: (await new TestDevice('eve').bundle()).kyberPreKey },
    { ...bundle, kyberPreKeySignature: bundle.signedPreKeySignature },
    { ...bundle, signedPreKeySignature: new Uint8Array(0) },
  ];
  for (const bad of wrong) assert.is(await codeOf(() => alice.begin(bob, bad)), 'crypto/invalid-signature');
  assert.is(await alice.stores.loadSession(bob.address), undefined);
});

test('a changed identity is not trusted, to send or to receive', async () => {
  const { alice, bob } = await established();
  const impostor = new TestDevice('bob');
  assert.is(await codeOf(() => alice.begin(impostor)), 'crypto/untrusted-identity');
  await impostor.begin(alice);
  const message = await impostor.encrypt(alice, 'it is me');
  assert.is(await codeOf(() => alice.decrypt(bob, message)), 'crypto/untrusted-identity');
  await alice.stores.saveIdentity(bob.address, impostor.identity.publicKey);
  assert.is(await codeOf(() => alice.encrypt(bob, 'secret')), 'crypto/untrusted-identity');
  const old = await bob.encrypt(alice, 'old identity');
  assert.is(await codeOf(() => alice.decrypt(bob, old)), 'crypto/untrusted-identity');
});

test('without a session there is nothing to encrypt or decrypt under', async () => {
  const { alice, bob } = await established();
  const carol = new TestDevice('carol');
  const message = await alice.encrypt(bob, 'not for carol');
  assert.is(await codeOf(() => carol.encrypt(bob, 'hello')), 'crypto/no-session');
  assert.is(await codeOf(() => carol.decrypt(alice, message)), 'crypto/no-session');
  const ended = archiveCurrent(await recordOf(alice, bob));
  await alice.stores.storeSession(bob.address, serializeSessionRecord(ended));
  assert.not.ok(await alice.cipher(bob).hasCurrentSession());
  assert.is(await codeOf(() => alice.encrypt(bob, 'hello')), 'crypto/no-session');
  assert.is(await alice.decrypt(bob, await bob.encrypt(alice, 'still under way')), 'still under way');
});

test('sessions begun at once by both: nothing is lost and both come to use the same', async () => {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  await alice.begin(bob);
  await bob.begin(alice);
  const fromAlice = [await alice.encrypt(bob, 'a0'), await alice.encrypt(bob, 'a1')];
  const fromBob = [await bob.encrypt(alice, 'b0'), await bob.encrypt(alice, 'b1')];
  assert.is(await bob.decrypt(alice, fromAlice[0]!), 'a0');
  assert.is(await alice.decrypt(bob, fromBob[0]!), 'b0');
  assert.is(await alice.decrypt(bob, fromBob[1]!), 'b1');
  assert.is(await bob.decrypt(alice, fromAlice[1]!), 'a1');
  for (let i = 0; i < 4; i++) {
    assert.is(await bob.decrypt(alice, await alice.encrypt(bob, `a${i}`)), `a${i}`);
    assert.is(await alice.decrypt(bob, await bob.encrypt(alice, `b${i}`)), `b${i}`);
  }
  const [ours, theirs] = [await recordOf(alice, bob), await recordOf(bob, alice)];
  assert.equal(ours.current!.baseKey, theirs.current!.baseKey);
  assert.equal([ours.archived.length, theirs.archived.length], [1, 1]);
});

test('a session that nobody answers for 30 days is not sent under any more', async () => {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  await alice.begin(bob);
  const early = await alice.encrypt(bob, 'early');
  const { since } = (await recordOf(alice, bob)).current!.pending!;
  const [last, late] = [since + MAX_UNANSWERED_AGE_MS, since + MAX_UNANSWERED_AGE_MS + 1];
  const cipher = alice.cipher(bob);
  assert.ok(await cipher.hasCurrentSession(last));
  await cipher.encrypt(new Uint8Array(1), last);
  assert.not(await cipher.hasCurrentSession(late));
  assert.is(await codeOf(() => cipher.encrypt(new Uint8Array(1), late)), 'crypto/no-session');
  // What is under way still begins the session, and an answer keeps it.
  assert.is(await bob.decrypt(alice, early), 'early');
  assert.is(await alice.decrypt(bob, await bob.encrypt(alice, 'answer')), 'answer');
  assert.ok(await cipher.hasCurrentSession(late));
});

test('archived sessions are bounded to 40, the newest kept', async () => {
  const { alice, bob } = await established();
  const messages: CiphertextMessage[] = [];
  for (let i = 0; i < 42; i++) {
    await alice.begin(bob);
    messages.push(await alice.encrypt(bob, `session ${i}`));
  }
  for (const [i, message] of messages.entries()) assert.is(await bob.decrypt(alice, message), `session ${i}`);
  assert.is((await recordOf(alice, bob)).archived.length, 40);
  const { archived } = await recordOf(bob, alice);
  assert.is(archived.length, 40);
  assert.equal(archived[0]!.baseKey, parsePreKeySignalMessage(messages[40]!.body).baseKey);
});

test('jumps are bounded to 25,000; skipped keys to 2,000, the oldest dropped', async () => {
  const { alice, bob } = await established();
  const first = await alice.encrypt(bob, 'm0');
  const record = await recordOf(alice, bob);
  const { current } = record;
  const chainAt = async (steps: number) => {
    let { chainKey, index } = current!.ratchet.sending;
    for (let i = 0; i < steps; i++, index++) chainKey = nextChainKey(chainKey);
    const sending = { ...current!.ratchet.sending, chainKey, index };
    const ratchet = { ...current!.ratchet, sending };
    await alice.stores.storeSession(
      bob.address,
      serializeSessionRecord({ ...record, current: { ...current!, ratchet } }),
    );
  };
  const start = current!.ratchet.sending.index;
  // Bob's chain stands before `first`, one behind Alice's.
  await chainAt(25_000);
  const tooFar = await alice.encrypt(bob, 'too far');
  await chainAt(24_999);
  const far = await alice.encrypt(bob, 'far');
  assert.is(await codeOf(() => bob.decrypt(alice, tooFar)), 'crypto/too-far');
  assert.is(await bob.decrypt(alice, far), 'far');
  const chain = (await recordOf(bob, alice)).current!.ratchet.receiving[0]!;
  assert.equal([chain.skipped.length, chain.skipped[0]!.index], [2_000, start + 24_999 - 2_000]);
  assert.is(await codeOf(() => bob.decrypt(alice, first)), 'crypto/duplicate-message');
  assert.is(await bob.decrypt(alice, tooFar), 'too far');
  await chainAt(23_500);
  assert.is(await bob.decrypt(alice, await alice.encrypt(bob, 'skipped')), 'skipped');
});

test('calls at once take turns: no counter is used twice', async () => {
  const { alice, bob } = await established();
  const messages = await Promise.all(Array.from({ length: 20 }, (_, i) => alice.encrypt(bob, `m${i}`)));
  const counters = new Set(messages.map(({ body }) => parseSignalMessage(body).counter));
  assert.is(counters.size, 20);
  const texts = await Promise.all(messages.map((message) => bob.decrypt(alice, message)));
  assert.equal(
    texts,
    Array.from({ length: 20 }, (_, i) => `m${i}`),
  );
});

test('a long random alternation with loss, delay and repetition', async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  printSeed('alternation', seed);
  const random = seededRandom(seed);
  const { alice, bob } = await established();
  type Flight = { at: number; to: TestDevice; from: TestDevice; message: CiphertextMessage; text: string };
  const flying: Flight[] = [];
  const arrived: Flight[] = [];
  let [opened, replays] = [0, 0];
  for (let i = 0; i < 250; i++) {
    const [from, to] = random.below(2) ? [alice, bob] : [bob, alice];
    flying.push({ at: i, from, to, text: `m${i}`, message: await from.encrypt(to, `m${i}`) });
    if (random.below(10) === 0) flying.splice(random.below(flying.length), 1);
    // Late by four messages at most, so by no more ratchet steps than chains are kept for.
    while (flying.length > 3 || (flying[0] && flying[0].at <= i - 4)) {
      const [flight] = flying.splice(flying[0]!.at <= i - 4 ? 0 : random.below(2), 1);
      assert.is(await flight!.to.decrypt(flight!.from, flight!.message), flight!.text);
      arrived.push(flight!);
      opened++;
    }
    const again = arrived[arrived.length - 1 - random.below(4)];
    if (again && random.below(5) === 0) {
      assert.is(await codeOf(() => again.to.decrypt(again.from, again.message)), 'crypto/duplicate-message');
      replays++;
    }
  }
  assert.ok(opened > 150 && replays > 10, `${opened} opened, ${replays} replayed`);
});

test('Sesame 3, sessions begun again and again by both, at once and over each other: all arrives, both settle on one', async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  printSeed('sessions at once', seed);
  const random = seededRandom(seed);
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  await alice.begin(bob);
  await bob.begin(alice);
  const flying: { from: TestDevice; to: TestDevice; message: CiphertextMessage; text: string }[] = [];
  let [begun, opened] = [0, 0];
  const deliver = async (at: number) => {
    const [flight] = flying.splice(at, 1);
    assert.is(await flight!.to.decrypt(flight!.from, flight!.message), flight!.text);
    opened++;
  };
  for (let i = 0; i < 120; i++) {
    const [from, to] = random.below(2) ? [alice, bob] : [bob, alice];
    // Sessions replaced are kept, 40 of them; fewer than that are begun here.
    if (random.below(6) === 0 && begun++ < 30) await from.begin(to);
    flying.push({ from, to, text: `m${i}`, message: await from.encrypt(to, `m${i}`) });
    while (flying.length > 4) await deliver(random.below(2));
  }
  while (flying.length > 0) await deliver(0);
  assert.is(opened, 120);
  for (let i = 0; i < 2; i++) {
    assert.is(await bob.decrypt(alice, await alice.encrypt(bob, 'a')), 'a');
    assert.is(await alice.decrypt(bob, await bob.encrypt(alice, 'b')), 'b');
  }
  const [ours, theirs] = [await recordOf(alice, bob), await recordOf(bob, alice)];
  assert.equal(ours.current!.baseKey, theirs.current!.baseKey);
  assert.is(ours.current!.pending, undefined);
});

test('fuzz: whatever arrives, decryption throws typed errors only and changes no state', async () => {
  const { alice, bob } = await established();
  const carol = new TestDevice('carol');
  await carol.begin(bob);
  const before = await bob.stores.loadSession(alice.address);
  const record = deserializeSessionRecord(before!);
  const message = await alice.encrypt(bob, 'genuine');
  const preKeyMessage = await carol.encrypt(bob, 'genuine');
  const signal = await fuzzDecoder(
    'signal message',
    message.body,
    (body) => decryptInRecord(record, parseSignalMessage(body)),
    400,
  );
  assert.ok(signal.rejected > 350);
  await fuzzDecoder('pre-key message', preKeyMessage.body, parsePreKeySignalMessage, 2_000);
  await fuzzDecoder(
    'pre-key decryption',
    preKeyMessage.body.slice(0, 250),
    (body) => bob.decrypt(carol, { type: 3, body }),
    300,
  );
  assert.equal(await bob.stores.loadSession(alice.address), before);
});

test.run();
