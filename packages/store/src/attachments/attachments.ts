import type { AccountId, AttachmentId, ConversationId } from '@sotto/protocol';
import { chunkLength, ProtocolError, randomId } from '@sotto/protocol';
import { RecentMap } from '../cache/recent-map.js';
import type { Claim, ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import type { Upload, WholeUpload } from './attachment-claims.js';
import {
  decodeUpload,
  dueKey,
  encodeDue,
  encodeUpload,
  encodeUse,
  fateKey,
  isKept,
  KEPT,
  placeOf,
  uploadKey,
  useKey,
  withoutChunks,
} from './attachment-claims.js';
import type { ChunkPlace, ChunkStore } from './chunk-store.js';
import { dropUpload } from './dropping.js';
import { Endings } from './endings.js';
import { assertNames, sha256 } from './sealed-size.js';
import { Usage } from './usage.js';

/** Somebody's attachment, or what somebody asks for. */
export interface Asked {
  readonly conversation: ConversationId;
  readonly attachment: AttachmentId;
  readonly account: AccountId;
}

/** What an attachment consists of. */
export interface Manifest {
  /** Of all sealed chunks, bytes. */
  readonly size: number;
  /** SHA-256 of each, in order. */
  readonly chunks: readonly Uint8Array[];
}

export interface AttachmentOptions {
  /** Sealed bytes that an account's attachments may take. */
  readonly quotaBytes?: number;
  /** How long an upload holds that nobody confirms, milliseconds. */
  readonly confirmWithinMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export const QUOTA_BYTES = 1024 ** 3;
export const CONFIRM_WITHIN_MS = 24 * 3_600_000;
/** Before what is not whole yet is asked for again, milliseconds. */
const INCOMPLETE_MS = 1_000;
/** Times that an upload is begun over one that just ended. */
const ROUNDS = 4;
/** Uploads of which is remembered that they are whole, or were confirmed: neither is ever taken back. */
const REMEMBERED = 10_000;

/**
 * Attachments by the rules of SPEC F, over claims and chunks: whose they are, what is missing, what counts, what ends. It asks for nobody's
 * right to read or write in a conversation; its caller has. Any number of servers over the same stores.
 */
export class Attachments {
  readonly quotaBytes: number;
  readonly #claims: ClaimStore;
  readonly #chunks: ChunkStore;
  readonly #endings: Endings;
  readonly #usage: Usage;
  readonly #confirmWithinMs: number;
  readonly #now: () => number;
  readonly #whole = new RecentMap<string, true>(REMEMBERED);
  readonly #kept = new RecentMap<string, true>(REMEMBERED);

  constructor(claims: ClaimStore, chunks: ChunkStore, options: AttachmentOptions = {}) {
    this.#claims = claims;
    this.#chunks = chunks;
    this.#endings = new Endings(claims, chunks);
    this.#usage = new Usage(claims);
    this.quotaBytes = options.quotaBytes ?? QUOTA_BYTES;
    this.#confirmWithinMs = options.confirmWithinMs ?? CONFIRM_WITHIN_MS;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Begins an upload, or goes on with it (F3).
   * @returns numbers of the chunks that are missing
   * @throws ProtocolError `attachment/mismatch`, `attachment/too-large`, `attachment/quota`, `auth/forbidden`
   */
  async begin(asked: Asked, { size, chunks }: Manifest): Promise<number[]> {
    assertNames(asked.attachment, size, chunks);
    for (let round = 0; round < ROUNDS; round += 1) {
      const standing = await this.#standing(asked);
      if (!standing) {
        const due = this.#now() + this.#confirmWithinMs;
        if (await this.#create({ ...asked, upload: randomId(), size, chunks, due }))
          return chunks.map((_, index) => index);
        continue;
      }
      const { upload, claim } = standing;
      if (upload.account !== asked.account) throw new ProtocolError('auth/forbidden');
      if (!(await this.#isEnding(upload))) return this.#missing(upload);
      // Whoever ends it has no more to do with what is begun now.
      await this.#claims.remove(claim.key, claim);
    }
    throw new ProtocolError('sync/store-unavailable', { detail: 'uploads keep ending' });
  }

  /**
   * Takes a chunk (F4).
   * @throws ProtocolError `attachment/unknown`, `attachment/mismatch`, `auth/forbidden`
   */
  async put(asked: Asked, index: number, bytes: Uint8Array): Promise<void> {
    const { upload } = await this.#own(asked);
    const hash = upload.chunks[index];
    if (
      !hash ||
      bytes.length !== chunkLength(upload.size, index) ||
      Buffer.compare(sha256(bytes), hash) !== 0
    )
      throw new ProtocolError('attachment/mismatch');
    await this.#chunks.put(placeOf(upload), index, bytes);
    if (await this.#stands(upload)) return;
    // It ended meanwhile, perhaps before this chunk was there to be deleted.
    await this.#chunks.remove(placeOf(upload), upload.chunks.length);
    throw new ProtocolError('attachment/unknown');
  }

  /** Length of the chunk that may be put there, bytes. @throws as {@link put} */
  async expected(asked: Asked, index: number): Promise<number> {
    const { upload } = await this.#own(asked);
    if (index >= upload.chunks.length) throw new ProtocolError('attachment/mismatch');
    return chunkLength(upload.size, index);
  }

  /**
   * Makes an upload last (F6).
   * @throws ProtocolError `attachment/unknown`, `attachment/incomplete`, `auth/forbidden`
   */
  async confirm(asked: Asked): Promise<void> {
    const { upload } = await this.#own(asked);
    await this.#assertWhole(upload);
    await this.#keep(upload);
  }

  /** Ends an upload at once and for good (F7); one that is not there is none. @throws ProtocolError `auth/forbidden` */
  async drop(asked: Asked): Promise<void> {
    const standing = await this.#standing(asked);
    if (!standing) return;
    const { upload, claim } = standing;
    if (upload.account !== asked.account) throw new ProtocolError('auth/forbidden');
    const due = await dropUpload(this.#claims, withoutChunks(upload), claim, this.#now());
    await this.#endings.end(due);
  }

  /**
   * What a whole attachment consists of (F5). Reading one of somebody else confirms it: its message is out.
   * @throws ProtocolError `attachment/unknown`, `attachment/incomplete`
   */
  async manifest(asked: Asked): Promise<Manifest> {
    const { size, chunks } = await this.#readable(asked);
    return { size, chunks };
  }

  /** A chunk of a whole attachment. @throws as {@link manifest} */
  async chunk(asked: Asked, index: number): Promise<Uint8Array> {
    const upload = await this.#readable(asked);
    const bytes = await this.#chunks.get(placeOf(upload), index);
    if (!bytes) throw new ProtocolError('attachment/unknown');
    return bytes;
  }

  /** What an account's attachments count for (F8), bytes. */
  used(account: AccountId): Promise<number> {
    return this.#usage.count(account);
  }

  /** Is told of nothing any more. */
  close(): void {
    this.#usage.close();
  }

  /**
   * Deletes what ran out or was dropped.
   * @param limit of uploads that are looked at
   * @returns how many were deleted
   */
  sweep(limit = 1_000): Promise<number> {
    return this.#endings.sweep(this.#now(), limit);
  }

  /** Deletes chunks that no upload has: see {@link Endings.sweepOrphans}. */
  sweepOrphans(after: ChunkPlace | undefined, limit = 256): Promise<ChunkPlace | undefined> {
    return this.#endings.sweepOrphans(after, limit);
  }

  /** @returns false when somebody else was first */
  async #create(whole: WholeUpload): Promise<boolean> {
    const upload = withoutChunks(whole);
    const due = { at: upload.due, upload, dropped: false };
    // Before there is anything: what a crash leaves ends when it is due, and counts until then.
    await this.#claims.own(dueKey(due.at, upload), encodeDue(due));
    await this.#claims.own(useKey(upload), encodeUse(upload));
    // Written, then read: of two that together are too much at least one sees the other.
    if (!(await this.#usage.isWithin(upload.account, this.quotaBytes))) {
      await this.#endings.end(due);
      throw new ProtocolError('attachment/quota');
    }
    try {
      await this.#claims.own(uploadKey(upload), encodeUpload(whole));
      return true;
    } catch (error) {
      if (!(error instanceof ClaimTakenError)) throw error;
      await this.#endings.end(due);
      return false;
    }
  }

  async #standing(asked: Asked): Promise<{ upload: WholeUpload; claim: Claim } | undefined> {
    const claim = await this.#claims.get(uploadKey(asked));
    return claim && { upload: decodeUpload(claim.body), claim };
  }

  async #own(asked: Asked): Promise<{ upload: WholeUpload; claim: Claim }> {
    const standing = await this.#standing(asked);
    if (!standing) throw new ProtocolError('attachment/unknown');
    if (standing.upload.account !== asked.account) throw new ProtocolError('auth/forbidden');
    return standing;
  }

  async #readable(asked: Asked): Promise<WholeUpload> {
    const standing = await this.#standing(asked);
    if (!standing) throw new ProtocolError('attachment/unknown');
    const { upload } = standing;
    await this.#assertWhole(upload);
    if (upload.account !== asked.account) await this.#keep(upload);
    return upload;
  }

  async #stands({ upload, ...named }: Upload): Promise<boolean> {
    return (await this.#standing(named))?.upload.upload === upload;
  }

  async #missing(upload: WholeUpload): Promise<number[]> {
    if (this.#whole.get(upload.upload)) return [];
    const present = new Set(await this.#chunks.present(placeOf(upload), upload.chunks.length));
    const missing = upload.chunks.flatMap((_, index) => (present.has(index) ? [] : [index]));
    if (missing.length === 0) this.#whole.set(upload.upload, true);
    return missing;
  }

  async #assertWhole(upload: WholeUpload): Promise<void> {
    if ((await this.#missing(upload)).length === 0) return;
    if (!(await this.#stands(upload))) throw new ProtocolError('attachment/unknown');
    throw new ProtocolError('attachment/incomplete', { retryAfterMs: INCOMPLETE_MS });
  }

  async #isEnding(upload: Upload): Promise<boolean> {
    const fate = await this.#claims.get(fateKey(upload));
    return fate !== undefined && !isKept(fate.body);
  }

  /** One claim decides between this and the end: whoever makes it first. */
  async #keep(upload: Upload): Promise<void> {
    if (this.#kept.get(upload.upload)) return;
    const key = fateKey(upload);
    try {
      await this.#claims.own(key, KEPT);
    } catch (error) {
      if (!(error instanceof ClaimTakenError)) throw error;
      const fate = await this.#claims.get(key);
      if (!fate || !isKept(fate.body)) throw new ProtocolError('attachment/unknown', { cause: error });
    }
    if (!(await this.#stands(upload))) {
      // It had ended, fate and all, before this began.
      await this.#claims.remove(key);
      throw new ProtocolError('attachment/unknown');
    }
    await this.#claims.remove(dueKey(upload.due, upload));
    this.#kept.set(upload.upload, true);
  }
}
