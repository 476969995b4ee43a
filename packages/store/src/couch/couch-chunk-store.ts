import type { ChunkPlace, ChunkStore, PlaceRange } from '../attachments/chunk-store.js';
import { available } from '../level/available.js';
import type { CouchDatabase } from './database.js';

/** Name of a chunk within its document: CouchDB keeps attachments as the bytes they are, and not as text. */
const ATTACHED = 'c';
const DIGITS = 3;
/** Ids that one page of a listing brings. */
const PAGE = 1_000;

/**
 * Chunks on CouchDB: a document each, `p<place>:<number>`, all of a place in one partition of one shard. What lies at an id is always the
 * same, so rivals write the same and there is nothing to decide. A deleted chunk leaves some 200 bytes of the 256 KiB that it was.
 */
export class CouchChunkStore implements ChunkStore {
  readonly #shards: readonly CouchDatabase[];
  readonly #shardOf: (place: ChunkPlace) => number;

  constructor(shards: readonly CouchDatabase[], shardOf: (place: ChunkPlace) => number) {
    this.#shards = shards;
    this.#shardOf = shardOf;
  }

  put(place: ChunkPlace, index: number, bytes: Uint8Array): Promise<void> {
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
    const _attachments = { [ATTACHED]: { content_type: 'application/octet-stream', data } };
    return available(() => this.#databaseOf(place).putSame({ _id: idOf(place, index), _attachments }));
  }

  get(place: ChunkPlace, index: number): Promise<Uint8Array | undefined> {
    return available(async () => {
      const data = await this.#databaseOf(place).attached(idOf(place, index), ATTACHED);
      return data && new Uint8Array(data);
    });
  }

  present(place: ChunkPlace, count: number): Promise<number[]> {
    return available(async () => {
      const ids = Array.from({ length: count }, (_, index) => idOf(place, index));
      const found = await this.#databaseOf(place).getAll(ids);
      return ids.flatMap((id, index) => (found.has(id) ? [index] : []));
    });
  }

  remove(place: ChunkPlace, count: number): Promise<void> {
    return available(async () => {
      const database = this.#databaseOf(place);
      const ids = Array.from({ length: count }, (_, index) => idOf(place, index));
      const found = await database.getAll(ids);
      for (const leaves of found.values()) for (const leaf of leaves) await database.remove(leaf);
    });
  }

  places(range: PlaceRange): Promise<ChunkPlace[]> {
    return available(async () => {
      const found = await Promise.all(this.#shards.map((database) => placesIn(database, range)));
      return found.flat().sort().slice(0, range.limit);
    });
  }

  #databaseOf(place: ChunkPlace): CouchDatabase {
    return this.#shards[this.#shardOf(place)]!;
  }
}

async function placesIn(
  database: CouchDatabase,
  { prefix = '', after, limit }: PlaceRange,
): Promise<ChunkPlace[]> {
  const found = new Set<ChunkPlace>();
  let gte = after === undefined || after < prefix ? `p${prefix}` : `p${after}~`;
  while (found.size < limit) {
    const rows = await database.range(undefined, { gte, lt: `p${prefix}~`, limit: PAGE });
    for (const { id } of rows) found.add(id.slice(1, id.indexOf(':')) as ChunkPlace);
    const last = rows.at(-1)?.id;
    if (last === undefined || rows.length < PAGE) break;
    // The rest of its chunks says nothing new.
    gte = `${last.slice(0, last.indexOf(':'))}~`;
  }
  return [...found];
}

/** An id may not begin with the underscore that a place can begin with. */
function idOf(place: ChunkPlace, index: number): string {
  return `p${place}:${String(index).padStart(DIGITS, '0')}`;
}
