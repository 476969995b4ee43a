import { aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../crypto/aes-gcm.js';
import { hkdfSha256, InvalidMessageError } from '../crypto/index.js';
import { StoreError } from './errors.js';

const utf8 = new TextEncoder();

/** Seals the values of one store, each bound to the name it is kept under. */
export interface Sealer {
  seal(name: string, value: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** @throws StoreError `store/unopenable` */
  open(name: string, sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * A sealer under a key of its own, derived from the store key: AES-256-GCM, random nonce, the name as additional data.
 * @param storeKey 32 bytes
 * @param label which store this is, so that values of one never open in another
 */
export async function createSealer(storeKey: Uint8Array, label: string): Promise<Sealer> {
  const key = await importAesGcmKey(hkdfSha256(storeKey, undefined, label, 32));
  return {
    seal: (name, value) => aesGcmSeal(key, value, utf8.encode(name)),
    async open(name, sealed) {
      try {
        return await aesGcmOpen(key, sealed, utf8.encode(name));
      } catch (error) {
        if (error instanceof InvalidMessageError) throw new StoreError('store/unopenable');
        throw error;
      }
    },
  };
}
