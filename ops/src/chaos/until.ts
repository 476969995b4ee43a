import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 50;

/** Waits until `holds` answers true. @throws Error after so many milliseconds */
export async function until(
  holds: () => boolean | Promise<boolean>,
  patienceMs: number,
  what: string,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await pause(STEP_MS);
  }
}
