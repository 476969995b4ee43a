import type { ClientGrant } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { KeyStore, KeyWrite } from '../store/key-store.js';

const grants = v.array(v.strictObject({ client: schemas.count, mac: schemas.bytesOf(16) }));
const KEY = 'client-ids';

/** The change that ends a writer session's client ids: the next one asks for its own. */
export const WITHOUT_CLIENT_IDS: KeyWrite = { key: KEY, value: undefined };
/**
 * Presented at most. A connection takes 64, presented and fresh ones together (SPEC G2): presenting all of them would
 * leave no room for a fresh one ever again. A frozen envelope under an id older than these is refused and sealed anew.
 */
const KEPT = 16;

/**
 * The Yjs client ids granted to this device, newest first. The newest is written with; older ones are still presented,
 * for frozen envelopes that have not been acknowledged yet. Each life of the device writes with one of its own: a copy of its
 * stores would write under the same ones.
 */
export class ClientIds {
  readonly #keys: KeyStore;
  #grants: readonly ClientGrant[];
  #current: ClientGrant | undefined;
  #last: Promise<void> = Promise.resolve();

  private constructor(keys: KeyStore, kept: readonly ClientGrant[]) {
    this.#keys = keys;
    this.#grants = kept;
  }

  static async open(keys: KeyStore): Promise<ClientIds> {
    const value = await keys.get(KEY);
    return new ClientIds(keys, value ? decodeCbor(grants, value).slice(0, KEPT) : []);
  }

  get all(): readonly ClientGrant[] {
    return this.#grants;
  }

  /** The one to write with; undefined before this life was granted one. */
  get current(): ClientGrant | undefined {
    return this.#current;
  }

  /** Remembers a fresh one durably, before anything is written under it. One after the other: none is forgotten for another. */
  adopt(grant: ClientGrant): Promise<void> {
    const turn = this.#last.then(async () => {
      const next = [{ client: grant.client, mac: new Uint8Array(grant.mac) }, ...this.#grants].slice(0, KEPT);
      await this.#keys.write([{ key: KEY, value: encodeCbor(next) }]);
      this.#grants = next;
      this.#current = next[0];
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
