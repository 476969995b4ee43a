import { ed25519 } from '@noble/curves/ed25519.js';
import { CURVE25519_KEY_TYPE, type PublicKey } from '../curve25519.js';
import { joinBytes } from '../protobuf.js';

/** An Ed25519 signature as XEdDSA: the Montgomery form of its key, the point's sign moved into the signature. */
export function asXEdDSA(
  publicKey: Uint8Array,
  signature: Uint8Array,
): { publicKey: PublicKey; signature: Uint8Array } {
  const moved = new Uint8Array(signature);
  // The bit is 0 in every signature whose s is reduced; what has it set is left as it is, to be refused.
  if (moved.length === 64) moved[63]! ^= publicKey[31]! & 0x80;
  const u = ed25519.utils.toMontgomery(publicKey);
  return { publicKey: joinBytes([Uint8Array.of(CURVE25519_KEY_TYPE), u]), signature: moved };
}
