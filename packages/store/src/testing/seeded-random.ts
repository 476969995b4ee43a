import { randomInt } from 'node:crypto';

/** Pseudo-random numbers that a printed seed brings back (mulberry32). */
export class SeededRandom {
  readonly seed: number;
  #state: number;

  /** @param seed from `SEED` in the environment where it is set, fresh otherwise; printed either way */
  constructor(label: string, seed = Number(process.env.SEED ?? randomInt(2 ** 31))) {
    this.seed = seed;
    this.#state = seed;
    process.stdout.write(`${label}: SEED=${seed}\n`);
  }

  /** From 0 to `below - 1`. */
  int(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  }

  chance(share: number): boolean {
    return this.int(1_000_000) < share * 1_000_000;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(values.length)]!;
  }
}
