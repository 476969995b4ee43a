/** By how much the waits of those that were refused together differ at least, milliseconds. */
const SPREAD_MS = 250;

/**
 * How long to wait before the same request is made again that a server refused for now (SPEC S11, E `later`): never less than it
 * asked for, and up to half as much again, so that those that were refused together do not come back together.
 * @param leastMs what the server asked for; more where it was refused several times
 * @param random a number from 0 to below 1
 * @returns milliseconds
 */
export function againMs(leastMs: number, random: number = Math.random()): number {
  return leastMs + Math.round(Math.max(leastMs / 2, SPREAD_MS) * random);
}
