/** A small reproducible generator (mulberry32) for property tests. Never for keys. */
export interface SeededRandom {
  readonly seed: number;
  /** An integer in [0, below). */
  below(below: number): number;
  bytes(length: number): Uint8Array;
}

/** A generator from `seed`: to repeat a failing run, from the seed it printed. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number) => Math.floor(next() * limit);
  return { seed, below, bytes: (length) => Uint8Array.from({ length }, () => below(256)) };
}

/** Bytes that end varints, lengths and blocks, or begin what is longer. */
const TELLING = [0x00, 0x01, 0x08, 0x7f, 0x80, 0xff];

/** One random change to valid bytes: cut, insert, replace, flip a bit, repeat or leave out a piece, or wholly random bytes. */
export function mutate(random: SeededRandom, valid: Uint8Array): Uint8Array {
  const at = random.below(valid.length);
  const end = Math.min(valid.length, at + 1 + random.below(40));
  const [before, piece, after] = [valid.subarray(0, at), valid.subarray(at, end), valid.subarray(end)];
  const changed = new Uint8Array(valid);
  switch (random.below(9)) {
    case 0:
      return changed.slice(0, at);
    case 1:
      return Uint8Array.from([...before, ...random.bytes(1 + random.below(8)), ...valid.subarray(at)]);
    case 2:
      return random.bytes(random.below(200));
    case 3:
      changed[at] = random.below(256);
      return changed;
    case 4:
      changed[at] = TELLING[random.below(TELLING.length)]!;
      return changed;
    case 5:
      return Uint8Array.from([...before, ...piece, ...piece, ...after]);
    case 6:
      return Uint8Array.from([...before, ...after]);
    case 7:
      return mutate(random, mutate(random, valid));
    default:
      changed[at]! ^= 1 << random.below(8);
      return changed;
  }
}
