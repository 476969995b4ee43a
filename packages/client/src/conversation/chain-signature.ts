import { ByteWriter, idBytes } from '@sotto/protocol';
import { type KeyPair, SIGNATURE_LENGTH, sign } from '../crypto/index.js';
import type { ChainName } from './chain.js';
import { ConversationError } from './errors.js';
import { uint32 } from './hash.js';
import { holds } from './signature.js';

const LABEL = new TextEncoder().encode('Sotto chain v1');

/** Bytes of a chain's signature. */
export const CHAIN_SIGNATURE_BYTES = SIGNATURE_LENGTH;

/**
 * What a device signs of its chain (SPEC X15): whose it is and which key signs its envelopes. That holds at every iteration,
 * so that it can be checked wherever a copy of the chain begins.
 */
function signedBytes(name: ChainName, signingKey: Uint8Array): Uint8Array {
  return new ByteWriter(LABEL.length + 80)
    .raw(LABEL)
    .raw(idBytes(name.conversation))
    .raw(uint32(name.epoch))
    .raw(idBytes(name.device))
    .raw(uint32(name.generation))
    .raw(signingKey)
    .finish();
}

/**
 * Signs a chain of this device.
 * @param signingKey public key of the chain, 33 bytes
 * @param deviceKey identity key pair of the device that the name says
 */
export function signChain(name: ChainName, signingKey: Uint8Array, deviceKey: KeyPair): Uint8Array {
  return sign(deviceKey.privateKey, signedBytes(name, signingKey));
}

/**
 * Verifies that a device made a chain, whoever brought it.
 * @param deviceKey the device's identity key, from a verified list
 * @throws ConversationError `conversation/forged`
 */
export async function verifyChain(
  name: ChainName,
  signingKey: Uint8Array,
  signature: Uint8Array,
  deviceKey: Uint8Array,
): Promise<void> {
  if (!(await holds(deviceKey, signedBytes(name, signingKey), signature)))
    throw new ConversationError('conversation/forged', 'chain signature');
}
