import { ProtocolError } from '@sotto/protocol';
import { againMs } from './again-ms.js';

const TIMES = 3;
/** Waits between two tries, milliseconds: at least, and never more than this. */
const WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Waits that many milliseconds. */
export type Wait = (ms: number) => Promise<void>;

export const waitFor: Wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Repeats a request that the server takes twice without doing it twice, while the service is unavailable: the
 * answer may be all that was lost.
 * @throws what the last of three tries failed with
 */
export async function tryAgain<T>(request: () => Promise<T>, wait: Wait): Promise<T> {
  for (let times = 1; ; times += 1) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== 'service/unavailable' || times === TIMES)
        throw error;
      await wait(Math.min(againMs(error.retryAfterMs ?? WAIT_MS * times), LONGEST_WAIT_MS));
    }
  }
}
