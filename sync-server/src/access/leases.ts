import type { DeviceId, Lease } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Claim, ClaimStore } from '@sotto/store';
import { ClaimTakenError, leaseKey, leasePrefix, parseLeaseKey } from '@sotto/store';

/** Which life of a device's engine goes on (SPEC G4): the highest lease that was ever claimed for it. */
export class Leases {
  readonly #claims: ClaimStore;

  constructor(claims: ClaimStore) {
    this.#claims = claims;
  }

  /**
   * Takes a lease, or recognises the one that was taken. Older ones are over when it resolves.
   * @throws ProtocolError `sync/lease-stale` when another life of this device is newer or has the same number
   */
  async take(device: DeviceId, lease: Lease): Promise<void> {
    const newest = await this.#newest(device);
    if (newest && (await this.#isOwn(newest, lease))) return;
    try {
      await this.#claims.own(leaseKey(device, lease.number), lease.nonce);
    } catch (error) {
      if (!(error instanceof ClaimTakenError)) throw error;
    }
    // Read after writing: of two that claim at once at least one sees the other.
    const claims = await this.#claims.list({ prefix: leasePrefix(device) });
    const highest = claims.at(-1);
    if (!highest || !(await this.#isOwn(highest, lease))) throw stale();
    await Promise.all(claims.slice(0, -1).map(({ key }) => this.#claims.remove(key)));
  }

  /** @throws ProtocolError when what is claimed is newer or a rival's */
  async #isOwn({ key, body }: Claim, lease: Lease): Promise<boolean> {
    const { number } = parseLeaseKey(key);
    if (number < lease.number) return false;
    if (number > lease.number || Buffer.compare(body, lease.nonce) !== 0) throw stale();
    return true;
  }

  async #newest(device: DeviceId): Promise<Claim | undefined> {
    const [newest] = await this.#claims.list({ prefix: leasePrefix(device), reverse: true, limit: 1 });
    return newest;
  }
}

function stale(): ProtocolError {
  return new ProtocolError('sync/lease-stale');
}
