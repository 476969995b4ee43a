import { seededRandom } from '../crypto/seeded-random.js';

/** Every order of a few items. Only for tests. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => {
    const rest = [...items.slice(0, index), ...items.slice(index + 1)];
    return permutations(rest).map((tail) => [item, ...tail]);
  });
}

/**
 * Random orders of many items, some of them given twice. Only for tests.
 * @param seed printed first, so that a failure can be repeated
 */
export function* shuffles<T>(
  name: string,
  items: readonly T[],
  rounds: number,
  seed: number = crypto.getRandomValues(new Uint32Array(1))[0]!,
): Generator<T[]> {
  process.stdout.write(`orders of ${name}: seed ${seed}\n`);
  const random = seededRandom(seed);
  for (let round = 0; round < rounds; round += 1) {
    const order = [...items, ...items.filter(() => random.below(4) === 0)];
    for (let index = order.length - 1; index > 0; index -= 1) {
      const other = random.below(index + 1);
      [order[index], order[other]] = [order[other]!, order[index]!];
    }
    yield order;
  }
}
