import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCryptoError } from './errors.js';
import { compareScannedFingerprint, createFingerprint } from './fingerprint.js';
import { generateIdentityKeyPair } from './identity-key.js';
import { encodeFields } from './protobuf.js';
import { fuzzDecoder } from './testing/fuzz-decoder.js';

const test = suite('fingerprint');
const party = (id: string) => ({
  stableId: new TextEncoder().encode(id),
  identityKey: generateIdentityKeyPair().publicKey,
});
const [alice, bob] = [party('alice'), party('bob')];
const ours = createFingerprint(alice, bob);
const theirs = createFingerprint(bob, alice);

test('both sides show the same 60 digits', () => {
  assert.match(ours.displayable, /^[0-9]{60}$/);
  assert.is(ours.displayable, theirs.displayable);
  assert.ok(ours.displayable.slice(0, 30) <= ours.displayable.slice(30));
});

test("each side's code matches the other's, and not its own", () => {
  assert.ok(compareScannedFingerprint(ours.scannable, theirs.scannable));
  assert.ok(compareScannedFingerprint(theirs.scannable, ours.scannable));
  assert.not.ok(compareScannedFingerprint(ours.scannable, ours.scannable));
});

test('another key, or another id, gives another number', () => {
  for (const other of [
    { ...bob, identityKey: party('x').identityKey },
    { ...bob, stableId: party('x').stableId },
  ]) {
    const changed = createFingerprint(alice, other);
    assert.is.not(changed.displayable, ours.displayable);
    assert.not.ok(compareScannedFingerprint(changed.scannable, theirs.scannable));
  }
});

test('the code is protobuf {1 version, 2 {1 hash}, 3 {1 hash}}', () => {
  assert.is(ours.scannable.length, 2 + 2 * (2 + 2 + 32));
  assert.equal([...ours.scannable.slice(0, 6)], [0x08, 2, 0x12, 34, 0x0a, 32]);
  assert.equal([...ours.scannable.slice(38, 42)], [0x1a, 34, 0x0a, 32]);
});

test('codes of another version and what is no code are refused', async () => {
  const codeOf = (scanned: Uint8Array) => {
    try {
      compareScannedFingerprint(ours.scannable, scanned);
    } catch (error) {
      return isCryptoError(error) ? error.code : error;
    }
    return undefined;
  };
  assert.is(codeOf(encodeFields([[1, 1]])), 'crypto/unsupported-version');
  assert.is(codeOf(new Uint8Array()), 'crypto/invalid-message');
  const result = await fuzzDecoder(
    'scanned code',
    theirs.scannable,
    (bytes) => compareScannedFingerprint(ours.scannable, bytes),
    1_000,
  );
  assert.ok(result.rejected > 100);
});

test.run();
