import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityStore } from '@sotto/store';
import type { ActivityParts } from './activity.js';
import { Activity } from './activity.js';

/** Follows what is written, by the clock on the wall. */
export function followActivity(
  store: ActivityStore,
  parts: Pick<ActivityParts, 'log' | 'logger' | 'bounds' | 'now'>,
): Activity {
  return new Activity({
    ...parts,
    store,
    // Whoever waits looks at the signal next.
    pause: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined),
  });
}
