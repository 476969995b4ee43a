const ROUNDS = 5;

/**
 * How many of something are done in a second: the best of five rounds, since whatever else a machine does only ever slows
 * one down. The first round warms up as well.
 * @param count how many one round does
 * @param prepare runs before each round, and is not measured
 */
export async function bestRate(
  count: number,
  round: () => Promise<void>,
  prepare: () => Promise<void> = async () => undefined,
): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) {
    await prepare();
    const began = performance.now();
    await round();
    best = Math.min(best, performance.now() - began);
  }
  return Math.round((count / best) * 1_000);
}
