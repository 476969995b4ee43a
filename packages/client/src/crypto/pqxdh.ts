import { generateKeyPair, type KeyPair, type PublicKey } from './curve25519.js';
import type { IdentityKey, IdentityKeyPair } from './identity-key.js';
import { hkdfSha256 } from './kdf.js';
import { decapsulate, encapsulate, type Kem } from './kem.js';
import { type PreKeyBundle, verifyPreKeyBundle } from './pre-keys.js';
import { joinBytes } from './protobuf.js';
import { agree } from './x25519.js';

/** PQXDH, section 2.1, info. One string for every KEM, as on Signal's wire: the type byte of the signed key tells them apart. */
const INFO = 'WhisperText_X25519_SHA-256_CRYSTALS-KYBER-1024';

/** PQXDH, section 2.2, F: keeps this input apart from those of XEdDSA. */
const PREFIX = new Uint8Array(32).fill(0xff);

/** What the initiator's run gives. */
export interface InitiatorAgreement {
  /** First root key of the Double Ratchet (32 bytes). */
  readonly rootKey: Uint8Array;
  /** The ephemeral key EKa; its public half names the session. */
  readonly baseKey: PublicKey;
  /** Serialised KEM ciphertext to send along. */
  readonly kyberCiphertext: Uint8Array;
}

/**
 * The initiator's side (PQXDH, section 3.3), the bundle's signatures checked first.
 * @throws InvalidSignatureError, InvalidKeyError
 */
export async function initiateAgreement(
  ourIdentity: IdentityKeyPair,
  bundle: PreKeyBundle,
  kem: Kem,
): Promise<InitiatorAgreement> {
  await verifyPreKeyBundle(bundle);
  const ephemeral = generateKeyPair();
  const { ciphertext, sharedSecret } = encapsulate(kem, bundle.kyberPreKey);
  const secrets = [
    await agree(ourIdentity.privateKey, bundle.signedPreKey),
    await agree(ephemeral.privateKey, bundle.identityKey),
    await agree(ephemeral.privateKey, bundle.signedPreKey),
  ];
  if (bundle.oneTimePreKey) secrets.push(await agree(ephemeral.privateKey, bundle.oneTimePreKey.publicKey));
  return {
    rootKey: deriveRootKey([...secrets, sharedSecret]),
    baseKey: ephemeral.publicKey,
    kyberCiphertext: ciphertext,
  };
}

/** The responder's own keys, and what the initiator sent. */
export interface ResponderInput {
  readonly ourIdentity: IdentityKeyPair;
  readonly signedPreKey: KeyPair;
  /** The one-time pre-key, if the initiator used one. */
  readonly oneTimePreKey: KeyPair | undefined;
  readonly kyberSecretKey: Uint8Array;
  readonly theirIdentity: IdentityKey;
  readonly baseKey: PublicKey;
  readonly kyberCiphertext: Uint8Array;
}

/**
 * The responder's side (PQXDH, section 3.4).
 * @returns first root key of the Double Ratchet (32 bytes)
 * @throws InvalidKeyError, InvalidMessageError
 */
export async function respondToAgreement(input: ResponderInput, kem: Kem): Promise<Uint8Array> {
  const { baseKey, signedPreKey } = input;
  const secrets = [
    await agree(signedPreKey.privateKey, input.theirIdentity),
    await agree(input.ourIdentity.privateKey, baseKey),
    await agree(signedPreKey.privateKey, baseKey),
  ];
  if (input.oneTimePreKey) secrets.push(await agree(input.oneTimePreKey.privateKey, baseKey));
  return deriveRootKey([...secrets, decapsulate(kem, input.kyberCiphertext, input.kyberSecretKey)]);
}

/**
 * HKDF gives 96 bytes on Signal's wire: root key, a chain key of the responder's pre-key that no one sends under before
 * the first ratchet step, and a seed of SPQR. Only the root key is of use here, and HKDF's first block does not depend
 * on the length.
 */
function deriveRootKey(secrets: Uint8Array[]): Uint8Array {
  return hkdfSha256(joinBytes([PREFIX, ...secrets]), undefined, INFO, 32);
}
