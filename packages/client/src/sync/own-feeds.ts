import type { ClientGrant, DocumentName, LogName } from '@sotto/protocol';
import { decodeCbor, documentName, encodeCbor, LIMITS, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { KeyStore, KeyWrite } from '../store/key-store.js';

/** Where the next own envelope of a log goes. */
export interface FeedPosition {
  readonly segment: number;
  readonly client: number;
  readonly clock: number;
  /** Counts this writer session's envelopes in the log, across segments and client ids. */
  readonly seq: number;
  /** First 16 bytes of SHA-256 of the event before it; zeros for the first. */
  readonly prev: Uint8Array;
}

/** Newest segment of a log as the server last told, kept current by what passes by. */
export interface KnownHead {
  readonly segment: number;
  readonly count: number;
}

export const NO_EVENT: Uint8Array = new Uint8Array(16);

const position = v.strictObject({
  segment: schemas.count,
  client: schemas.count,
  clock: schemas.count,
  seq: schemas.count,
  prev: schemas.bytesOf(16),
});

const PREFIX = 'feed/';
const key = (log: LogName): string => `${PREFIX}${log}`;

/** The changes that end a writer session's feeds: the next one begins all of them anew. */
export async function withoutFeeds(keys: KeyStore): Promise<KeyWrite[]> {
  return (await keys.list(PREFIX)).map(([name]) => ({ key: name, value: undefined }));
}

/** Own write positions, one a log, as durable as what was sealed for them. */
export class OwnFeeds {
  readonly #keys: KeyStore;
  readonly #known = new Map<LogName, FeedPosition | undefined>();

  constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  /**
   * The position for the next envelope: in the newest segment that still takes writers, under the current client id.
   * A change of segment or client id begins a new feed at clock 0; the sequence goes on.
   */
  async next(log: LogName, head: KnownHead, grant: ClientGrant): Promise<FeedPosition> {
    const kept = await this.#kept(log);
    const newest = head.count >= LIMITS.segmentSoft ? head.segment + 1 : head.segment;
    const segment = Math.max(newest, kept?.segment ?? 0);
    if (!kept) return { segment, client: grant.client, clock: 0, seq: 0, prev: NO_EVENT };
    if (kept.segment === segment && kept.client === grant.client) return kept;
    return { segment, client: grant.client, clock: 0, seq: kept.seq, prev: kept.prev };
  }

  /** The change that remembers `next`; to be part of the write that freezes what came before it. */
  moveTo(log: LogName, next: FeedPosition): KeyWrite {
    this.#known.set(log, next);
    return { key: key(log), value: encodeCbor(next) };
  }

  /** Forgets what memory says, after a write that did not happen. */
  forget(log: LogName): void {
    this.#known.delete(log);
  }

  /** The segment that this writer session wrote to last; undefined before it wrote to the log. */
  async segment(log: LogName): Promise<number | undefined> {
    return (await this.#kept(log))?.segment;
  }

  /** Whether this writer session remembers writing its `seq`th envelope of a log. */
  async remembers(log: LogName, seq: number): Promise<boolean> {
    return seq < ((await this.#kept(log))?.seq ?? 0);
  }

  async #kept(log: LogName): Promise<FeedPosition | undefined> {
    if (this.#known.has(log)) return this.#known.get(log);
    const value = await this.#keys.get(key(log));
    const kept = value && decodeCbor(position, value);
    this.#known.set(log, kept);
    return kept;
  }
}

/** The position after `at`, once an event with this digest took it. */
export function following(at: FeedPosition, digest: Uint8Array): FeedPosition {
  return { ...at, clock: at.clock + 1, seq: at.seq + 1, prev: digest };
}

/** The document that a position lies in. */
export function documentAt(log: LogName, at: FeedPosition): DocumentName {
  return documentName(log, at.segment);
}
