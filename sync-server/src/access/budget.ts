import type { AccountId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';

export interface BudgetBounds {
  /** Of one account, whatever its sockets and documents. */
  readonly accountPendingBytes: number;
  readonly accountPendingTasks: number;
  /** Of everybody together. */
  readonly serverPendingBytes: number;
}

/** When it may be tried again, milliseconds. */
const RETRY_AFTER_MS = 1_000;
/** What a request takes besides its payload, about, bytes. */
const EACH_BYTES = 512;

interface Held {
  bytes: number;
  tasks: number;
}

/**
 * What this server has taken and not finished, of each account and in all: beyond it requests are refused with a time to wait
 * and nothing is kept of them, so that no number of sockets makes it grow (SPEC S11).
 */
export class Budget {
  readonly #bounds: BudgetBounds;
  readonly #accounts = new Map<AccountId, Held>();
  #bytes = 0;

  constructor(bounds: BudgetBounds) {
    this.#bounds = bounds;
  }

  /** Bytes that are held for everybody. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Requests that are held for an account. */
  tasksOf(account: AccountId): number {
    return this.#accounts.get(account)?.tasks ?? 0;
  }

  /** Holds a request with so many bytes of payload until {@link release}. @returns why not, where there is no room */
  hold(account: AccountId, payload: number): ProtocolError | undefined {
    const bytes = payload + EACH_BYTES;
    const held = this.#accounts.get(account);
    const { accountPendingBytes, accountPendingTasks, serverPendingBytes } = this.#bounds;
    if (held && (held.bytes + bytes > accountPendingBytes || held.tasks >= accountPendingTasks))
      return new ProtocolError('sync/too-fast', { detail: 'account', retryAfterMs: RETRY_AFTER_MS });
    if (this.#bytes + bytes > serverPendingBytes)
      return new ProtocolError('sync/store-unavailable', { detail: 'no room', retryAfterMs: RETRY_AFTER_MS });
    this.#bytes += bytes;
    if (!held) this.#accounts.set(account, { bytes, tasks: 1 });
    else {
      held.bytes += bytes;
      held.tasks += 1;
    }
    return undefined;
  }

  release(account: AccountId, payload: number): void {
    const bytes = payload + EACH_BYTES;
    const held = this.#accounts.get(account)!;
    this.#bytes -= bytes;
    held.bytes -= bytes;
    held.tasks -= 1;
    if (held.tasks === 0) this.#accounts.delete(account);
  }
}
