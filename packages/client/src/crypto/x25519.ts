import { x25519 } from '@noble/curves/ed25519.js';
import { constantTimeEqual } from './constant-time.js';
import { decodePublicKey, PRIVATE_KEY_LENGTH, type PrivateKey, type PublicKey } from './curve25519.js';
import { InvalidKeyError } from './errors.js';
import { joinBytes } from './protobuf.js';

/** DER around a raw X25519 private key (RFC 8410, section 7): WebCrypto takes no private key as raw bytes. */
const PKCS8_PREFIX = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 110, 4, 34, 4, 32);

const ZERO = new Uint8Array(32);

let native: Promise<boolean> | undefined;

/**
 * X25519 key agreement (RFC 7748, section 6.1), by WebCrypto where it has X25519.
 * @returns the shared secret, 32 bytes
 * @throws InvalidKeyError if a key is malformed or the secret is all zero
 */
export async function agree(privateKey: PrivateKey, publicKey: PublicKey): Promise<Uint8Array> {
  const u = decodePublicKey(publicKey).subarray(1);
  if (privateKey.length !== PRIVATE_KEY_LENGTH) throw new InvalidKeyError('A private key is 32 bytes.');
  native ??= hasNativeX25519();
  const secret = (await native) ? await agreeNatively(privateKey, u) : agreeInJavaScript(privateKey, u);
  if (constantTimeEqual(secret, ZERO)) throw new InvalidKeyError('The key agreement gave zero.');
  return secret;
}

/** The same agreement without WebCrypto. Takes the bare u-coordinate; exported for the tests. */
export function agreeInJavaScript(privateKey: PrivateKey, u: Uint8Array): Uint8Array {
  try {
    return x25519.getSharedSecret(privateKey, u);
  } catch {
    throw new InvalidKeyError('The key agreement gave zero.');
  }
}

async function agreeNatively(privateKey: PrivateKey, u: Uint8Array): Promise<Uint8Array> {
  const { subtle } = crypto;
  const pkcs8 = joinBytes([PKCS8_PREFIX, privateKey]) as BufferSource;
  try {
    const ours = await subtle.importKey('pkcs8', pkcs8, 'X25519', false, ['deriveBits']);
    const theirs = await subtle.importKey('raw', u as BufferSource, 'X25519', false, []);
    return new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: theirs }, ours, 256));
  } catch {
    throw new InvalidKeyError('The key agreement was refused.');
  }
}

async function hasNativeX25519(): Promise<boolean> {
  try {
    const probe = new Uint8Array(PRIVATE_KEY_LENGTH);
    probe[0] = 9;
    await crypto.subtle.importKey('raw', probe, 'X25519', false, []);
    return true;
  } catch {
    return false;
  }
}
