import { randomBytes } from 'node:crypto';

/**
 * A fresh Yjs client id: random among the integers from 2^32 to 2^53 - 1, so that it never meets one of the 32-bit
 * ids that Yjs gives itself.
 */
export function freshClientId(): number {
  const bytes = randomBytes(8);
  const high = bytes.readUInt32BE(0) & 0x1f_ffff;
  return (high === 0 ? 1 : high) * 2 ** 32 + bytes.readUInt32BE(4);
}
