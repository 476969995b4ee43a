import type { DeviceId, LogName, LogRecord } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { RateLimiter } from '@sotto/service';
import type { ServerLimits } from '../limits.js';

/** How fast a device may go, whatever its sockets (SPEC S11, W10). */
export class Pace {
  readonly #appends: RateLimiter;
  readonly #awareness: RateLimiter;
  readonly #inboxes: RateLimiter;
  readonly #bytesEach: number;

  /** @param now milliseconds since 1970 */
  constructor(limits: ServerLimits, now: () => number) {
    const {
      appendBurst,
      appendPerSecond,
      appendBytesEach,
      inboxBurst,
      inboxPerSecond,
      awarenessBurst,
      awarenessPerSecond,
      pacedDevices: maxKeys,
    } = limits;
    const every = { maxKeys, now, code: 'sync/too-fast' } as const;
    this.#appends = new RateLimiter({ ...every, capacity: appendBurst, refillPerS: appendPerSecond });
    this.#bytesEach = appendBytesEach;
    this.#inboxes = new RateLimiter({ ...every, capacity: inboxBurst, refillPerS: inboxPerSecond });
    this.#awareness = new RateLimiter({ ...every, capacity: awarenessBurst, refillPerS: awarenessPerSecond });
  }

  /**
   * Takes envelopes out of a budget that is one of bytes as well: large ones count for several.
   * @throws ProtocolError `sync/too-fast` with the time to wait; nothing is taken then
   */
  appends(device: DeviceId, records: readonly LogRecord[]): void {
    const bytes = records.reduce((sum, { body }) => sum + body.length, 0);
    this.#appends.take(device, Math.max(records.length, bytes / this.#bytesEach));
  }

  /**
   * Takes as many envelopes for one inbox as go into it now, up to `wanted`: nobody has to be known to its owner to fill it.
   * @returns how many, and why no more
   */
  inbox(device: DeviceId, inbox: LogName, wanted: number): { admitted: number; refusal?: ProtocolError } {
    for (let admitted = 0; admitted < wanted; admitted += 1) {
      try {
        this.#inboxes.take(`${device} ${inbox}`);
      } catch (error) {
        if (error instanceof ProtocolError) return { admitted, refusal: error };
        throw error;
      }
    }
    return { admitted: wanted };
  }

  /** Takes one awareness payload. @returns whether it may go on */
  awareness(device: DeviceId): boolean {
    try {
      this.#awareness.take(device);
      return true;
    } catch (error) {
      // Dropping it is all that happens; the next one says as much.
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  }
}
