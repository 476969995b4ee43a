import { available } from '../level/available.js';
import { forgetDeleted, stretchAround } from '../level/compacting.js';
import type { Database, Sublevel } from '../level/database.js';
import { openSublevel, plainView, writeDurably } from '../level/database.js';
import type { ChunkPlace, ChunkStore, PlaceRange } from './chunk-store.js';

const DIGITS = 3;
/** Above every character of a key. */
const LAST = '~';

/**
 * Chunks in a LevelDB of their own: what is large and deleted again is compacted beside the log and the claims, whose writers do not
 * wait for it. Key `<place>/<number>`, value = the bytes, fsync before every answer.
 */
export class LevelChunkStore implements ChunkStore {
  readonly #database: Database;
  readonly #chunks: Sublevel;
  readonly #under = new Set<Promise<unknown>>();

  /** @param database stays its opener's to close, after this store */
  constructor(database: Database) {
    this.#database = database;
    this.#chunks = openSublevel(database, 'chunk');
  }

  put(place: ChunkPlace, index: number, bytes: Uint8Array): Promise<void> {
    const change = { sublevel: this.#chunks, key: keyOf(place, index), value: bytes };
    return this.#run(() => writeDurably(this.#database, [change]));
  }

  get(place: ChunkPlace, index: number): Promise<Uint8Array | undefined> {
    return this.#run(async () => {
      const bytes = await this.#chunks.get(keyOf(place, index));
      return bytes && plainView(bytes);
    });
  }

  present(place: ChunkPlace, count: number): Promise<number[]> {
    return this.#run(async () => {
      const keys = await this.#chunks.keys({ gte: keyOf(place, 0), lt: keyOf(place, count) }).all();
      return keys.map((key) => Number(key.slice(place.length + 1)));
    });
  }

  remove(place: ChunkPlace, count: number): Promise<void> {
    const changes = Array.from({ length: count }, (_, index) => ({
      sublevel: this.#chunks,
      key: keyOf(place, index),
    }));
    return this.#run(async () => {
      await writeDurably(this.#database, changes);
      // What ended may have been erased: its bytes go, too.
      await forgetDeleted(this.#database, [this.#chunks], [stretchAround(place, '')]);
    });
  }

  places({ prefix = '', after, limit }: PlaceRange): Promise<ChunkPlace[]> {
    return this.#run(async () => {
      const found: ChunkPlace[] = [];
      let from = after === undefined || after < prefix ? prefix : `${after}${LAST}`;
      while (found.length < limit) {
        // One step to each place, over however many chunks it has.
        const [key] = await this.#chunks.keys({ gte: from, lt: `${prefix}${LAST}`, limit: 1 }).all();
        if (key === undefined) break;
        const place = key.slice(0, key.indexOf('/')) as ChunkPlace;
        found.push(place);
        from = `${place}${LAST}`;
      }
      return found;
    });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#under);
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    const done = available(work);
    this.#under.add(done);
    const left = () => this.#under.delete(done);
    done.then(left, left);
    return done;
  }
}

function keyOf(place: ChunkPlace, index: number): string {
  return `${place}/${String(index).padStart(DIGITS, '0')}`;
}
