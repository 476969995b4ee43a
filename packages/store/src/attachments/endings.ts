import { LIMITS } from '@sotto/protocol';
import type { ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import type { Due, Upload } from './attachment-claims.js';
import {
  DUES,
  decodeDue,
  decodeUpload,
  dueAt,
  dueKey,
  ENDED,
  fateKey,
  isKept,
  placeOf,
  uploadKey,
  useKey,
} from './attachment-claims.js';
import type { ChunkPlace, ChunkStore } from './chunk-store.js';
import { parseChunkPlace } from './chunk-store.js';
import { chunksOf } from './sealed-size.js';

/** Uploads listed at once: most of the time none is due. */
const PAGE = 32;

/**
 * Deletes uploads that ended. Any number of servers may do it at once, and die in the middle: every step names the one upload that it is
 * about, whose place and keys are never used again, and what says that there is something to do goes last.
 */
export class Endings {
  readonly #claims: ClaimStore;
  readonly #chunks: ChunkStore;

  constructor(claims: ClaimStore, chunks: ChunkStore) {
    this.#claims = claims;
    this.#chunks = chunks;
  }

  /**
   * Ends what is due.
   * @param now milliseconds since 1970
   * @param limit of what is looked at
   * @returns how many were deleted
   */
  async sweep(now: number, limit: number): Promise<number> {
    let ended = 0;
    let after: string | undefined;
    for (let left = limit; left > 0; left -= PAGE) {
      const range = { prefix: DUES, limit: Math.min(PAGE, left), ...(after !== undefined && { after }) };
      const listed = await this.#claims.list(range);
      for (const { key, body } of listed) {
        if (dueAt(key) > now) return ended;
        if (await this.end(decodeDue(body))) ended += 1;
      }
      after = listed.at(-1)?.key;
      if (listed.length < range.limit) break;
    }
    return ended;
  }

  /** @returns whether it ended: what was confirmed in time stays */
  async end(due: Due): Promise<boolean> {
    const { upload } = due;
    if (!due.dropped && !(await this.#decides(upload))) {
      await this.#claims.remove(dueKey(due.at, upload));
      return false;
    }
    const key = uploadKey(upload);
    const standing = await this.#claims.get(key);
    if (standing && decodeUpload(standing.body).upload === upload.upload)
      await this.#claims.remove(key, standing);
    await this.#chunks.remove(placeOf(upload), chunksOf(upload));
    await this.#claims.remove(useKey(upload));
    await this.#claims.remove(fateKey(upload));
    if (due.at !== upload.due) await this.#claims.remove(dueKey(upload.due, upload));
    await this.#claims.remove(dueKey(due.at, upload));
    return true;
  }

  /**
   * Deletes chunks that no upload has, such as one leaves that was written while its upload ended and whose writer died. Safe at any time:
   * an upload is known before its first chunk is.
   * @param after where the last page ended
   * @returns the last place that was looked at; undefined at the end
   */
  async sweepOrphans(after: ChunkPlace | undefined, limit: number): Promise<ChunkPlace | undefined> {
    const places = await this.#chunks.places({ ...(after !== undefined && { after }), limit });
    for (const place of places) {
      const { upload, ...named } = parseChunkPlace(place);
      const standing = await this.#claims.get(uploadKey(named));
      if (standing && decodeUpload(standing.body).upload === upload) continue;
      await this.#chunks.remove(place, LIMITS.attachmentChunks);
    }
    return places.length < limit ? undefined : places.at(-1);
  }

  /** One claim says whether an upload was confirmed or ended first: whoever makes it decides. @returns whether it ends */
  async #decides(upload: Upload): Promise<boolean> {
    const key = fateKey(upload);
    try {
      await this.#claims.own(key, ENDED);
      return true;
    } catch (error) {
      if (!(error instanceof ClaimTakenError)) throw error;
      const fate = await this.#claims.get(key);
      return !fate || !isKept(fate.body);
    }
  }
}
