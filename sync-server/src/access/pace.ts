import type { DeviceId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { RateLimiter } from '@sotto/service';
import type { ServerLimits } from '../limits.js';

/** How fast a device may go, whatever its sockets (SPEC S11, W10). */
export class Pace {
  readonly #appends: RateLimiter;
  readonly #awareness: RateLimiter;

  /** @param now milliseconds since 1970 */
  constructor(limits: ServerLimits, now: () => number) {
    const {
      appendBurst,
      appendPerSecond,
      awarenessBurst,
      awarenessPerSecond,
      pacedDevices: maxKeys,
    } = limits;
    const every = { maxKeys, now, code: 'sync/too-fast' } as const;
    this.#appends = new RateLimiter({ ...every, capacity: appendBurst, refillPerS: appendPerSecond });
    this.#awareness = new RateLimiter({ ...every, capacity: awarenessBurst, refillPerS: awarenessPerSecond });
  }

  /**
   * Takes so many envelopes.
   * @throws ProtocolError `sync/too-fast` with the time to wait; nothing is taken then
   */
  appends(device: DeviceId, envelopes: number): void {
    this.#appends.take(device, envelopes);
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
