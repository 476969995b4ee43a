/** Numbers that follow from a seed alone. */
export interface Seeded {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
  /** The same things in another order. */
  shuffle<T>(things: readonly T[]): T[];
}

/** @param seed a whole number (mulberry32) */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const random: Seeded = {
    below: (bound) => Math.floor(next() * bound),
    between: (least, most) => least + random.below(most - least + 1),
    pick: (from) => from[random.below(from.length)]!,
    shuffle(things) {
      const order = [...things];
      for (let last = order.length - 1; last > 0; last -= 1) {
        const other = random.below(last + 1);
        [order[last], order[other]] = [order[other]!, order[last]!];
      }
      return order;
    },
  };
  return random;
}
