import type { About, Requester } from './requester.js';

/**
 * Runs a request in its lane if its account, and everybody together, have room for it; else refuses it there, in its turn,
 * keeping nothing of it (SPEC S11, W6).
 * @param bytes of memory that it holds
 */
export function admit(
  device: Requester,
  lane: string,
  bytes: number,
  about: About,
  task: () => Promise<void>,
): void {
  const { budget } = device.parts;
  const { account } = device.identity;
  const refusal = budget.hold(account, bytes);
  if (refusal) device.run(lane, 0, about, () => Promise.reject(refusal));
  else device.run(lane, bytes, about, task, () => budget.release(account, bytes));
}
