import type { DeviceId } from '@sotto/protocol';
import type { DistributionId } from '../../conversation/fields.js';

/** One chain to one device: not again before this, milliseconds. */
const AGAIN_MS = 10_000;
/** Answers to one device: so many at once, then one in this time, milliseconds. Below what a server takes for one inbox. */
const BURST = 64;
const REFILL_MS = 15_000;
/** Devices that are remembered. */
const DEVICES = 1_024;

interface Account {
  left: number;
  at: number;
  readonly chains: Map<DistributionId, number>;
}

/** How often this device answers: somebody who asks without end is not answered without end. */
export class AnswerPace {
  readonly #now: () => number;
  readonly #devices = new Map<DeviceId, Account>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether to answer now; counts it if so. */
  admits(device: DeviceId, chain: DistributionId): boolean {
    const now = this.#now();
    const account = this.#account(device, now);
    const last = account.chains.get(chain);
    if (last !== undefined && now - last < AGAIN_MS) return false;
    if (account.left < 1) return false;
    account.left -= 1;
    account.chains.delete(chain);
    account.chains.set(chain, now);
    if (account.chains.size > BURST * 2) account.chains.delete(account.chains.keys().next().value!);
    return true;
  }

  #account(device: DeviceId, now: number): Account {
    const known = this.#devices.get(device);
    const account: Account = known ?? { left: BURST, at: now, chains: new Map() };
    account.left = Math.min(BURST, account.left + Math.max(0, now - account.at) / REFILL_MS);
    account.at = now;
    if (!known) {
      this.#devices.set(device, account);
      if (this.#devices.size > DEVICES) this.#devices.delete(this.#devices.keys().next().value!);
    }
    return account;
  }
}
