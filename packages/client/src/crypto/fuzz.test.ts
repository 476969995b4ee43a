import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateIdentityKeyPair } from './identity-key.js';
import type { PreKeyBundle } from './pre-keys.js';
import { seededRandom } from './seeded-random.js';
import { initiateSession } from './session.js';
import { corpus } from './testing/corpus.js';
import { type DecoderName, decoders } from './testing/decoders.js';
import { fuzzDecoder, isAccepted } from './testing/fuzz-decoder.js';
import { fromBase64 } from './testing/hex.js';
import { hostileBodies } from './testing/hostile.js';
import { printSeed } from './testing/print-seed.js';
import { TestDevice } from './testing/session-fixture.js';

const test = suite('fuzz');
const ROUNDS = 1_500;
const names = Object.keys(decoders) as DecoderName[];
const inputsOf = (name: DecoderName) =>
  corpus.filter(([decoder]) => decoder === name).map(([, bytes]) => fromBase64(bytes));
const all = corpus.map(([, bytes]) => fromBase64(bytes));

for (const name of names) {
  const decode = decoders[name] as (bytes: Uint8Array) => unknown;

  test(`${name}: takes what is valid, kept as it is`, async () => {
    const inputs = inputsOf(name);
    assert.ok(inputs.length > 0 || name === 'protobuf');
    for (const input of inputs) {
      const before = new Uint8Array(input);
      assert.ok(await isAccepted(decode, input));
      assert.equal(input, before, 'was written to');
    }
  });

  test(`${name}: changed copies of valid inputs are taken, or refused with typed errors`, async () => {
    const { rejected } = await fuzzDecoder(name, name === 'protobuf' ? all : inputsOf(name), decode, ROUNDS);
    assert.ok(rejected > ROUNDS / 20, `${rejected} refused`);
  });

  test(`${name}: inputs of every other decoder, and hostile ones`, async () => {
    for (const input of all) await isAccepted(decode, input);
    for (const [what, body] of Object.entries(hostileBodies))
      for (const first of [[], [0x33], [0x44], [0x08, 0x01], [0x08, 0x02]]) {
        const input = Uint8Array.from([...first, ...body]);
        const accepted = await isAccepted(decode, input);
        if (accepted) assert.ok(toleratesUnknown(name), `${name} took ${what}`);
      }
  });
}

/** Bare Protocol Buffers and lists that may be empty say little; everything else has to hold fields that these inputs lack. */
function toleratesUnknown(name: DecoderName): boolean {
  return name === 'protobuf' || name === 'session record' || name === 'sender key record';
}

test('pre-key bundle: a session begins by what its identity signed, or is refused with a typed error', async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  printSeed('pre-key bundle', seed);
  const random = seededRandom(seed);
  const bundle = await new TestDevice('bob').bundle();
  const local = { identity: generateIdentityKeyPair(), registrationId: 1 };
  const parts = [
    'identityKey',
    'signedPreKey',
    'signedPreKeySignature',
    'kyberPreKey',
    'kyberPreKeySignature',
  ];
  for (let i = 0; i < 100; i++) {
    const part = parts[i % parts.length] as 'identityKey';
    const changed = new Uint8Array(bundle[part]);
    changed[random.below(changed.length)]! ^= 1 << random.below(8);
    const lengths: PreKeyBundle = {
      ...bundle,
      [part]: bundle[part].slice(0, random.below(bundle[part].length)),
    };
    assert.not(await isAccepted(() => initiateSession(local, lengths), changed), `${part} cut`);
    assert.not(await isAccepted(() => initiateSession(local, { ...bundle, [part]: changed }), changed), part);
  }
  assert.ok(await isAccepted(() => initiateSession(local, bundle), new Uint8Array()));
});

test.run();
