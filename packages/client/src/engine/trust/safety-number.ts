import type { AccountId } from '@sotto/protocol';
import { DecodeError, fromBase64url, idBytes } from '@sotto/protocol';
import {
  compareScannedFingerprint,
  createFingerprint,
  type Fingerprint,
  type IdentityKey,
  isCryptoError,
} from '../../crypto/index.js';

/** An account and the key it is known by. */
export interface Identified {
  readonly account: AccountId;
  readonly identity: IdentityKey;
}

/** The safety number of two accounts: the same on both sides while both know each other's true keys. */
export function safetyNumber(own: Identified, other: Identified): Fingerprint {
  return createFingerprint(party(own), party(other));
}

/**
 * Compares what was scanned from the other screen.
 * @param scanned base64url, as a QR code carries it
 */
export function compareScanned(ours: Fingerprint, scanned: string): 'match' | 'mismatch' | 'not-a-code' {
  try {
    return compareScannedFingerprint(ours.scannable, fromBase64url(scanned.trim())) ? 'match' : 'mismatch';
  } catch (error) {
    if (error instanceof DecodeError || isCryptoError(error)) return 'not-a-code';
    throw error;
  }
}

function party({ account, identity }: Identified) {
  return { stableId: idBytes(account), identityKey: identity };
}
