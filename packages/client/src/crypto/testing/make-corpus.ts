import { generateKeyPair } from '../curve25519.js';
import { createFingerprint } from '../fingerprint.js';
import { GroupCipher } from '../group-cipher.js';
import { serializeIdentityKeyPair } from '../identity-key.js';
import { createSenderKey, serializeSenderKeyState } from '../sender-keys.js';
import type { DecoderName } from './decoders.js';
import { TestDevice } from './session-fixture.js';

/* Writes a fresh corpus.ts to standard output: `node make-corpus.js > src/crypto/testing/corpus.ts`, once formats change. */

const group = new Uint8Array(16).fill(7);
const text = new TextEncoder().encode('text');

async function sessions(): Promise<[DecoderName, Uint8Array][]> {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  await alice.begin(bob, await bob.bundle({ lastResort: true }));
  const first = await alice.encrypt(bob, 'first');
  const pending = (await alice.stores.loadSession(bob.address))!;
  await bob.decrypt(alice, first);
  const skipped = [await bob.encrypt(alice, 'skipped'), await bob.encrypt(alice, 'opened')];
  await alice.decrypt(bob, skipped[1]!);
  const established = (await alice.stores.loadSession(bob.address))!;
  const next = await bob.bundle({ oneTime: false });
  await alice.begin(bob, next);
  const archived = (await alice.stores.loadSession(bob.address))!;
  return [
    ['pre-key signal message', first.body],
    ['signal message', skipped[0]!.body],
    ['session record', pending],
    ['session record', established],
    ['session record', archived],
    ['pre-key', await preKey()],
    ['signed pre-key', (await bob.stores.loadSignedPreKey(next.signedPreKeyId))!],
    ['kyber pre-key', (await bob.stores.loadKyberPreKey(next.kyberPreKeyId))!],
    ['identity key pair', serializeIdentityKeyPair(alice.identity)],
    ['public key', generateKeyPair().publicKey],
  ];
}

async function preKey(): Promise<Uint8Array> {
  const device = new TestDevice('dave');
  await device.bundle();
  return (await device.stores.loadPreKey(1))!;
}

async function senderKeys(): Promise<[DecoderName, Uint8Array][]> {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  const ours = new GroupCipher(alice.stores, alice.address);
  const theirs = new GroupCipher(bob.stores, alice.address);
  const distribution = await ours.createDistributionMessage(group);
  await theirs.processDistributionMessage(distribution);
  await ours.encrypt(group, text);
  const message = await ours.encrypt(group, text);
  await theirs.decrypt(message);
  const state = createSenderKey(group, 9);
  return [
    ['distribution message', distribution],
    ['sender key message', message],
    ['sender key record', (await alice.stores.loadSenderKey(alice.address, group))!],
    ['sender key record', (await bob.stores.loadSenderKey(alice.address, group))!],
    ['sender key state', serializeSenderKeyState(state)],
    ['signing seed', state.signingKeyPair.seed],
  ];
}

function fingerprint(): [DecoderName, Uint8Array] {
  const party = (id: number) => ({
    stableId: Uint8Array.of(id),
    identityKey: generateKeyPair().publicKey,
  });
  return ['scannable fingerprint', createFingerprint(party(1), party(2)).scannable];
}

const inputs = [...(await sessions()), ...(await senderKeys()), fingerprint()];
const lines = inputs.map(([name, bytes]) => `  ['${name}', '${btoa(String.fromCharCode(...bytes))}'],`);
process.stdout.write(`import type { DecoderName } from './decoders.js';

/** Valid inputs of the decoders in base64, of keys that were thrown away: what fuzzing begins from. Made by make-corpus.ts. */
export const corpus: readonly (readonly [decoder: DecoderName, bytes: string])[] = [
${lines.join('\n')}
];
`);
