import type { PreKeyBundle } from '../crypto/index.js';
import type { BundleAnswer } from './http-api.js';

/**
 * A bundle from the server in the crypto library's form. Its signatures are checked when a session begins with it; that its
 * identity key is the device's on the verified list, by the stores' trust.
 */
export function preKeyBundleOf(answer: BundleAnswer): PreKeyBundle {
  const { registrationId, identityKey, signed, kem, oneTime } = answer;
  return {
    registrationId,
    identityKey,
    signedPreKeyId: signed.id,
    signedPreKey: signed.key,
    signedPreKeySignature: signed.signature,
    kyberPreKeyId: kem.id,
    kyberPreKey: kem.key,
    kyberPreKeySignature: kem.signature,
    ...(oneTime && { oneTimePreKey: { id: oneTime.id, publicKey: oneTime.key } }),
  };
}
