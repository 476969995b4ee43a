import { createHash } from 'node:crypto';
import { decodeCbor, encodeCbor } from '@sotto/protocol';
import * as v from 'valibot';
import { RecentMap } from '../cache/recent-map.js';
import type { ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';

/** What is left of something that was erased: that its id is never used again. */
export const ERASED = 'erased:';

const tombstone = v.strictObject({
  v: v.literal(1),
  kind: v.picklist(['direct', 'group', 'account', 'device']),
});
export type ErasedKind = v.InferOutput<typeof tombstone>['kind'];

/** Holds a hash, so that who reads all claims finds no id in it; who has the id finds it. */
export function erasedKey(id: string): string {
  return ERASED + createHash('sha256').update(`Sotto erased v1 ${id}`).digest('base64url');
}

/** What an id was of, if that was erased. */
export async function erasedKind(claims: ClaimStore, id: string): Promise<ErasedKind | undefined> {
  const claim = await claims.get(erasedKey(id));
  return claim && decodeCbor(tombstone, claim.body).kind;
}

/** From now on the id is used up. Again is free. */
export async function markErased(claims: ClaimStore, id: string, kind: ErasedKind): Promise<void> {
  try {
    await claims.own(erasedKey(id), encodeCbor({ v: 1, kind }));
  } catch (error) {
    if (!(error instanceof ClaimTakenError)) throw error;
  }
}

const REMEMBERED = 100_000;

/** Whether ids were erased: asked of the store once each, then followed. */
export class ErasedIds {
  readonly #claims: ClaimStore;
  readonly #known = new RecentMap<string, boolean>(REMEMBERED);
  readonly #unwatch: Unsubscribe;

  constructor(claims: ClaimStore) {
    this.#claims = claims;
    this.#unwatch = claims.watch(
      ERASED,
      ({ key }) => this.#known.set(key, true),
      () => this.#known.clear(),
    );
  }

  async has(id: string): Promise<boolean> {
    const key = erasedKey(id);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const isErased = (await this.#claims.get(key)) !== undefined;
    // It may have been erased while this was asked.
    if (this.#known.get(key) === undefined) this.#known.set(key, isErased);
    return this.#known.get(key)!;
  }

  /** What memory says; undefined says nothing. */
  peek(id: string): boolean | undefined {
    return this.#known.get(erasedKey(id));
  }

  close(): void {
    this.#unwatch();
  }
}
