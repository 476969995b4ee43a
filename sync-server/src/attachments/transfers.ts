import type { AccountId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { RateLimiter } from '@sotto/service';
import type { AttachmentLimits } from './attachment-limits.js';

/** How much is on its way at once, and how fast an account may go (SPEC F9). */
export class Transfers {
  readonly #limits: AttachmentLimits;
  readonly #sent: RateLimiter;
  readonly #given: RateLimiter;
  readonly #asked: RateLimiter;
  readonly #accounts = new Map<AccountId, number>();
  #transfers = 0;

  /** @param now milliseconds on a clock that nobody sets */
  constructor(limits: AttachmentLimits, now: () => number) {
    this.#limits = limits;
    const paced = (capacity: number, refillPerS: number) =>
      new RateLimiter({ capacity, refillPerS, maxKeys: limits.pacedAccounts, now });
    this.#sent = paced(limits.sentBurst, limits.sentPerSecond);
    this.#given = paced(limits.givenBurst, limits.givenPerSecond);
    this.#asked = paced(limits.askedBurst, limits.askedPerSecond);
  }

  /** @throws ProtocolError `request/too-fast` */
  asked(account: AccountId): void {
    this.#asked.take(account);
  }

  /** Moves bytes from an account. @throws ProtocolError `request/too-fast`, `service/unavailable` */
  sent<T>(account: AccountId, bytes: number, move: () => Promise<T>): Promise<T> {
    return this.#move(account, () => this.#sent.take(account, bytes), move);
  }

  /** Moves bytes to an account. @throws ProtocolError `request/too-fast`, `service/unavailable` */
  given<T>(account: AccountId, bytes: number, move: () => Promise<T>): Promise<T> {
    return this.#move(account, () => this.#given.take(account, bytes), move);
  }

  async #move<T>(account: AccountId, take: () => void, move: () => Promise<T>): Promise<T> {
    const { transfers, transfersPerAccount, busyMs: retryAfterMs } = this.#limits;
    const own = this.#accounts.get(account) ?? 0;
    if (own >= transfersPerAccount) throw new ProtocolError('request/too-fast', { retryAfterMs });
    if (this.#transfers >= transfers) throw new ProtocolError('service/unavailable', { retryAfterMs });
    take();
    this.#count(account, 1);
    try {
      return await move();
    } finally {
      this.#count(account, -1);
    }
  }

  #count(account: AccountId, change: 1 | -1): void {
    this.#transfers += change;
    const own = (this.#accounts.get(account) ?? 0) + change;
    if (own > 0) this.#accounts.set(account, own);
    else this.#accounts.delete(account);
  }
}
