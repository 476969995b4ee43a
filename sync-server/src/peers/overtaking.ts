import type { DeviceId, Lease } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Peers } from './peers.js';

/** Ends what earlier lives of a device have open here (SPEC G4). */
export class Overtaking {
  readonly #peers: Peers;
  /** What closed sockets of a device had begun and is not done yet. */
  readonly #ending = new Map<DeviceId, Promise<void>>();

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  /**
   * Closes them. When it resolves, what they wrote is durable and seen by whoever reads next: the newer life seals nothing
   * before that.
   */
  async end(device: DeviceId, { number }: Pick<Lease, 'number'>): Promise<void> {
    const overtaken = this.#peers.overtaken(device, number);
    for (const peer of overtaken) peer.fail(new ProtocolError('sync/lease-stale'));
    const ending = Promise.all([this.#ending.get(device), ...overtaken.map((peer) => peer.idle())]).then(
      () => {
        if (this.#ending.get(device) === ending) this.#ending.delete(device);
      },
    );
    this.#ending.set(device, ending);
    await ending;
  }
}
