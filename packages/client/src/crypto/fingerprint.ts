import { sha512 } from '@noble/hashes/sha2.js';
import { constantTimeEqual } from './constant-time.js';
import { InvalidMessageError, UnsupportedVersionError } from './errors.js';
import type { IdentityKey } from './identity-key.js';
import { decodeFields, encodeFields, joinBytes } from './protobuf.js';

/** Rounds of SHA-512 that a fingerprint costs, and a search for a colliding one per try. */
const ITERATIONS = 5_200;
/** Version hashed into the fingerprint, two bytes. */
const HASH_VERSION = Uint8Array.of(0, 0);
/** Version of the scannable encoding: identifiers hashed in, no longer sent. */
const SCANNABLE_VERSION = 2;

/** One side of a comparison. */
export interface FingerprintParty {
  /** What stays the same when the key changes, and names the party: an account id. Both sides must use equal bytes. */
  readonly stableId: Uint8Array;
  readonly identityKey: IdentityKey;
}

/** A safety number in its two forms. */
export interface Fingerprint {
  /** 60 decimal digits, the same on both sides. */
  readonly displayable: string;
  /** For a QR code: protobuf `{1 version, 2 local {1 hash}, 3 remote {1 hash}}`. The other side's has local and remote swapped. */
  readonly scannable: Uint8Array;
}

/**
 * The safety number of two identities (Signal's numeric fingerprint, version 2).
 */
export function createFingerprint(local: FingerprintParty, remote: FingerprintParty): Fingerprint {
  const [ours, theirs] = [hashParty(local), hashParty(remote)];
  return {
    displayable: [digits(ours), digits(theirs)].sort().join(''),
    scannable: encodeFields([
      [1, SCANNABLE_VERSION],
      [2, encodeFields([[1, ours]])],
      [3, encodeFields([[1, theirs]])],
    ]),
  };
}

/**
 * Whether a scanned code is the other side's view of the same two identities.
 * @param ours {@link Fingerprint.scannable} of this side
 * @throws UnsupportedVersionError, InvalidMessageError if the scanned bytes are no such code
 */
export function compareScannedFingerprint(ours: Uint8Array, scanned: Uint8Array): boolean {
  const [mine, other] = [decodeScannable(ours), decodeScannable(scanned)];
  return constantTimeEqual(mine.local, other.remote) && constantTimeEqual(mine.remote, other.local);
}

/** hash = SHA-512(version || key || id || key), then 5,199 times SHA-512(hash || key); the first 32 bytes of it. */
function hashParty({ stableId, identityKey }: FingerprintParty): Uint8Array {
  let hash = joinBytes([HASH_VERSION, identityKey, stableId]);
  for (let i = 0; i < ITERATIONS; i++) hash = sha512(joinBytes([hash, identityKey]));
  return hash.slice(0, 32);
}

/** 30 digits: of each of six groups of five bytes, big endian, the remainder by 100,000. */
function digits(hash: Uint8Array): string {
  let text = '';
  for (let group = 0; group < 6; group++) {
    const value = hash.subarray(group * 5, group * 5 + 5).reduce((sum, byte) => sum * 256 + byte, 0);
    text += String(value % 100_000).padStart(5, '0');
  }
  return text;
}

function decodeScannable(bytes: Uint8Array): { local: Uint8Array; remote: Uint8Array } {
  const malformed = () => new InvalidMessageError('The scanned code is no safety number.');
  const fields = decodeFields(bytes, malformed);
  if (fields.uint(1) !== SCANNABLE_VERSION)
    throw new UnsupportedVersionError('The scanned code is of another version.');
  const hash = (field: number) => decodeFields(fields.bytes(field), malformed).bytes(1, 32);
  return { local: hash(2), remote: hash(3) };
}
