import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ClientGrant, DeviceId } from '@sotto/protocol';
import { idBytes } from '@sotto/protocol';

const LABEL = 'Sotto client id v1';
const MAC_BYTES = 16;
/** Shortest key that is worth 128 bits of MAC. */
const KEY_BYTES = 32;

/** Issues Yjs client ids and recognises its own: every server with the same key does, without state (SPEC G1). */
export class Grants {
  readonly #key: Uint8Array;

  /**
   * @param key at least 32 secret bytes, the same on every sync server
   * @throws RangeError when it is shorter
   */
  constructor(key: Uint8Array) {
    if (key.length < KEY_BYTES) throw new RangeError('grant key: at least 32 bytes');
    this.#key = key;
  }

  /** A fresh client id of 53 random bits for this device. */
  issue(device: DeviceId): ClientGrant {
    const client = Number(randomBytes(8).readBigUInt64BE() >> 11n);
    return { client, mac: this.#mac(device, client) };
  }

  /** Whether a server with this key granted that client id to this device. */
  holds(device: DeviceId, grant: ClientGrant): boolean {
    return grant.mac.length === MAC_BYTES && timingSafeEqual(this.#mac(device, grant.client), grant.mac);
  }

  #mac(device: DeviceId, client: number): Uint8Array {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(client));
    const mac = createHmac('sha256', this.#key).update(LABEL).update(idBytes(device)).update(number).digest();
    return new Uint8Array(mac.subarray(0, MAC_BYTES));
  }
}
