/** Repeatable randomness for property and fuzz tests; never for ids or keys. */
export interface SeededRandom {
  readonly seed: number;
  /** An integer from 0 to `below` - 1. */
  int(below: number): number;
  bytes(length: number): Uint8Array;
  pick<T>(choices: readonly T[]): T;
}

/** Mulberry32, seeded by SEED in the environment or by the clock; prints the seed so that a failure can be run again. */
export function seededRandom(title: string): SeededRandom {
  const seed = Number(process.env.SEED ?? Date.now() % 0x7fffffff);
  process.stdout.write(`${title}: SEED=${seed}\n`);
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number) => Math.floor(next() * below);
  return {
    seed,
    int,
    bytes: (length) => Uint8Array.from({ length }, () => int(256)),
    pick: (choices) => choices[int(choices.length)]!,
  };
}
