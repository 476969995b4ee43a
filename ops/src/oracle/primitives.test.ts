import {
  agree,
  compareScannedFingerprint,
  createFingerprint,
  generateKeyPair,
  keyPairFromPrivateKey,
  sign,
  verify,
} from '@sotto/client/crypto';
import * as assert from 'uvu/assert';
import { copied, type OfficialLibrary } from './official-library.js';
import { officialSuite } from './official-suite.js';

const encode = (text: string) => copied(new TextEncoder().encode(text));

const suites = [await officialSuite('primitives', '0.90'), await officialSuite('primitives', '0.103')];

for (const { test } of suites) {
  const publicKey = (official: OfficialLibrary, bytes: Uint8Array) =>
    official.PublicKey.deserialize(copied(bytes));

  test('XEdDSA signatures verify both ways, changed ones neither way', async (official) => {
    for (let i = 0; i < 40; i++) {
      const message = encode(`message ${i}`);
      const theirs = official.PrivateKey.generate();
      const signature = theirs.sign(message);
      assert.ok(await verify(theirs.getPublicKey().serialize(), message, signature));
      const ours = generateKeyPair();
      const ownSignature = copied(sign(ours.privateKey, message));
      assert.ok(publicKey(official, ours.publicKey).verify(message, ownSignature));
      for (const changed of [signature, ownSignature]) changed[i]! ^= 1;
      assert.not(await verify(theirs.getPublicKey().serialize(), message, signature));
      assert.not(publicKey(official, ours.publicKey).verify(message, ownSignature));
    }
  });

  test('X25519: the same key pairs and the same agreement', async (official) => {
    for (let i = 0; i < 20; i++) {
      const theirs = official.PrivateKey.generate();
      const pair = keyPairFromPrivateKey(theirs.serialize());
      assert.equal(pair.publicKey, new Uint8Array(theirs.getPublicKey().serialize()));
      const ours = generateKeyPair();
      const agreed = theirs.agree(publicKey(official, ours.publicKey));
      assert.equal(await agree(ours.privateKey, pair.publicKey), new Uint8Array(agreed));
    }
  });

  test('fingerprints: the same numbers, and codes that match', async (official) => {
    const [alice, bob] = [
      { stableId: encode('alice'), identityKey: generateKeyPair().publicKey },
      { stableId: encode('bob'), identityKey: generateKeyPair().publicKey },
    ];
    const ours = createFingerprint(alice, bob);
    const theirs = official.Fingerprint.new(
      5_200,
      2,
      bob.stableId,
      publicKey(official, bob.identityKey),
      alice.stableId,
      publicKey(official, alice.identityKey),
    );
    assert.is(ours.displayable, theirs.displayableFingerprint().toString());
    assert.ok(compareScannedFingerprint(ours.scannable, theirs.scannableFingerprint().toBuffer()));
  });
}

for (const { run } of suites) run();
