import type { AccountId, DeviceId, LogName, LogRecord } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { RateLimiter } from '@sotto/service';
import type { ServerLimits } from '../limits.js';
import type { Identity } from './identity.js';

/**
 * How fast a device and an account may go, whatever their sockets (SPEC S11, W10). Each server counts for itself: who spreads
 * sockets over several may do as many times as much.
 */
export class Pace {
  readonly #appends: RateLimiter;
  readonly #ofAccount: RateLimiter;
  readonly #reads: RateLimiter;
  readonly #awareness: RateLimiter;
  readonly #inboxes: RateLimiter;
  readonly #bytesEach: number;

  /** @param now milliseconds on a clock that nobody sets */
  constructor(limits: ServerLimits, now: () => number) {
    const {
      appendBurst,
      appendPerSecond,
      appendBytesEach,
      accountAppendBurst,
      accountAppendPerSecond,
      accountReadBurst,
      accountReadsPerSecond,
      inboxBurst,
      inboxPerSecond,
      awarenessBurst,
      awarenessPerSecond,
      pacedDevices: maxKeys,
    } = limits;
    const every = { maxKeys, now, code: 'sync/too-fast' } as const;
    this.#appends = new RateLimiter({ ...every, capacity: appendBurst, refillPerS: appendPerSecond });
    this.#ofAccount = new RateLimiter({
      ...every,
      capacity: accountAppendBurst,
      refillPerS: accountAppendPerSecond,
    });
    this.#reads = new RateLimiter({
      ...every,
      capacity: accountReadBurst,
      refillPerS: accountReadsPerSecond,
    });
    this.#bytesEach = appendBytesEach;
    this.#inboxes = new RateLimiter({ ...every, capacity: inboxBurst, refillPerS: inboxPerSecond });
    this.#awareness = new RateLimiter({ ...every, capacity: awarenessBurst, refillPerS: awarenessPerSecond });
  }

  /**
   * Takes envelopes out of a budget that is one of bytes as well: large ones count for several.
   * @throws ProtocolError `sync/too-fast` with the time to wait; nothing is taken then
   */
  appends({ account, device }: Identity, records: readonly LogRecord[]): void {
    const bytes = records.reduce((sum, { body }) => sum + body.length, 0);
    const cost = Math.max(records.length, bytes / this.#bytesEach);
    this.#appends.take(device, cost);
    try {
      this.#ofAccount.take(account, cost);
    } catch (error) {
      this.#appends.give(device, cost);
      throw error;
    }
  }

  /**
   * Counts a subscription, or a question for what is stored.
   * @returns why not, with the time to wait
   */
  read(account: AccountId): ProtocolError | undefined {
    try {
      this.#reads.take(account);
      return undefined;
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      throw error;
    }
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
