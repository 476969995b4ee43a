import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 600;
const PAUSE_MS = 25;

/**
 * Waits until something is so.
 * @throws Error when it does not come to be
 */
export async function eventually(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    if (await isSo()) return;
    await sleep(PAUSE_MS);
  }
  throw new Error('it did not come to be');
}
