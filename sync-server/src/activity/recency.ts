import { randomBytes } from 'node:crypto';

/** Cells that a name has. */
const HASHES = 4;
const HIGHEST = 0xffff;
const MULTIPLIER = 0x01000193;

/**
 * The newest bucket of each of any number of names, in memory of a fixed size: each name has a few cells, which keep the newest
 * bucket of whoever shares them, and its own is the oldest of those. So a name may seem newer than it is, never older.
 */
export class Recency {
  readonly #cells: Uint16Array;
  readonly #mask: number;
  readonly #seed = randomBytes(4).readUInt32LE();
  /** Cells count from here; 0 is nothing. */
  #base: number;

  /**
   * @param cells a power of two; 2 bytes each
   * @param oldest buckets before this one need not be told apart
   */
  constructor(cells: number, oldest: number) {
    if (cells < HASHES || (cells & (cells - 1)) !== 0) throw new RangeError('Recency: not a power of two');
    this.#cells = new Uint16Array(cells);
    this.#mask = cells - 1;
    this.#base = oldest - 1;
  }

  /** Something happened to `name` in this bucket. */
  note(name: string, bucket: number): void {
    if (bucket - this.#base > HIGHEST) this.#forgetBefore(bucket - (HIGHEST >> 1));
    const value = Math.max(1, bucket - this.#base);
    let [at, step] = this.#hashes(name);
    for (let hash = 0; hash < HASHES; hash += 1, at = (at + step) | 0) {
      const cell = at & this.#mask;
      if (this.#cells[cell]! < value) this.#cells[cell] = value;
    }
  }

  /** Whether anything may have happened to `name` in this bucket or later. */
  isSince(name: string, bucket: number): boolean {
    const value = Math.max(1, bucket - this.#base);
    let [at, step] = this.#hashes(name);
    for (let hash = 0; hash < HASHES; hash += 1, at = (at + step) | 0)
      if (this.#cells[at & this.#mask]! < value) return false;
    return true;
  }

  /** Two hashes of a name (FNV-1a, mixed), of which the places follow; others can't aim at one without the seed. */
  #hashes(name: string): [number, number] {
    let hash = this.#seed | 0;
    for (let index = 0; index < name.length; index += 1)
      hash = Math.imul(hash ^ name.charCodeAt(index), MULTIPLIER);
    let step = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    step = Math.imul(step ^ (step >>> 13), 0xc2b2ae35);
    return [hash ^ (hash >>> 15), step | 1];
  }

  #forgetBefore(base: number): void {
    const by = base - this.#base;
    for (let cell = 0; cell < this.#cells.length; cell += 1)
      this.#cells[cell] = Math.max(0, this.#cells[cell]! - by);
    this.#base = base;
  }
}
