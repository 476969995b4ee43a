import type { ClientGrant } from '@sotto/protocol';
import { decodeCbor, encodeCbor, LIMITS, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { KeyStore } from '../store/key-store.js';

const grants = v.array(v.strictObject({ client: schemas.count, mac: schemas.bytesOf(16) }));
const KEY = 'client-ids';

/**
 * The Yjs client ids granted to this device, newest first. The newest is written with; older ones are still presented,
 * for frozen envelopes that have not been acknowledged yet.
 */
export class ClientIds {
  readonly #keys: KeyStore;
  #grants: readonly ClientGrant[];

  private constructor(keys: KeyStore, kept: readonly ClientGrant[]) {
    this.#keys = keys;
    this.#grants = kept;
  }

  static async open(keys: KeyStore): Promise<ClientIds> {
    const value = await keys.get(KEY);
    return new ClientIds(keys, value ? decodeCbor(grants, value) : []);
  }

  get all(): readonly ClientGrant[] {
    return this.#grants;
  }

  /** The one to write with; undefined before the first was granted. */
  get current(): ClientGrant | undefined {
    return this.#grants[0];
  }

  /** Remembers a fresh one durably, before anything is written under it. */
  async adopt(grant: ClientGrant): Promise<void> {
    const next = [{ client: grant.client, mac: new Uint8Array(grant.mac) }, ...this.#grants].slice(
      0,
      LIMITS.grants,
    );
    await this.#keys.write([{ key: KEY, value: encodeCbor(next) }]);
    this.#grants = next;
  }
}
