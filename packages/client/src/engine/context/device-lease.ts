import type { Lease } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

const leaseSchema = v.strictObject({ number: schemas.count, nonce: schemas.bytesOf(16) });

const KEY = 'lease';
const NONCE_BYTES = 16;

/** The change that lets a device begin with its first lease. */
export const WITHOUT_LEASE: KeyWrite = { key: KEY, value: undefined };

/** The number of the last lease that this device made; 0 before the first. */
export async function lastLease(keys: KeyStore): Promise<number> {
  const value = await keys.get(KEY);
  return value ? decodeCbor(leaseSchema, value).number : 0;
}

/**
 * This life's lease (SPEC G4). It is made when the first socket is about to be opened, so that a life that never got online takes
 * no number, and kept before anybody hears of it: no two lives of one store have the same.
 */
export class DeviceLease {
  readonly #keys: KeyStore;
  #lease: Promise<Lease> | undefined;
  #number = 0;

  constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  /** Its number; 0 before it was made. */
  get number(): number {
    return this.#number;
  }

  /** The same each time. */
  take(): Promise<Lease> {
    this.#lease ??= this.#make().catch((error: unknown) => {
      this.#lease = undefined;
      throw error;
    });
    return this.#lease;
  }

  async #make(): Promise<Lease> {
    const number = (await lastLease(this.#keys)) + 1;
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    await this.#keys.write([{ key: KEY, value: encodeCbor({ number, nonce }) }]);
    this.#number = number;
    return { number, nonce };
  }
}
