/** Longest wait between two attempts, milliseconds. */
const CEILING_MS = 30_000;
const FIRST_MS = 500;

/**
 * How long to wait before attempt number `attempt` (from 0): exponential with full jitter, so that devices that lost
 * one server do not return to the next one together.
 * @param random a number from 0 to below 1
 * @param leastMs what the server asked for, if anything
 * @returns milliseconds
 */
export function backoffMs(attempt: number, random: number, leastMs = 0): number {
  const most = Math.min(CEILING_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return leastMs + Math.round(most * (0.5 + random / 2));
}
