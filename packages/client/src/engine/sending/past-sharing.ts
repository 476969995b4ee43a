import type { AccountId } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import { distributionId } from '../../conversation/chain.js';
import { equalBytes } from '../../conversation/hash.js';
import { MAX_PAST_CHAINS, type PastChain } from '../../conversation/past-record.js';
import { encodeDistributionMessage } from '../../crypto/index.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { proofOf } from '../room/room-chains.js';
import { Pairwise } from './pairwise.js';

/** Gives who joins a group that shares its past every chain that this device has, from where it has it. */
export class PastSharing {
  readonly #context: DeviceContext;
  readonly #room: Room;
  readonly #pairwise: Pairwise;

  constructor(context: DeviceContext, room: Room) {
    this.#context = context;
    this.#room = room;
    this.#pairwise = new Pairwise(context);
  }

  /**
   * To the devices of these people, under the account keys that the state names.
   * @throws ProtocolError, AccountError when some device could not be reached
   */
  async give(people: readonly AccountId[]): Promise<void> {
    const chains = await this.#chains();
    const members = this.#room.meaning?.members.filter(({ account }) => people.includes(account)) ?? [];
    for (const { account, identities } of members) {
      const { identity, list } = await this.#context.people.fresh(account);
      if (!identities.some((named) => equalBytes(named, identity))) continue;
      for (const { id } of list.list.devices) await this.#toDevice(account, id, chains);
    }
  }

  async #toDevice(
    account: AccountId,
    device: Parameters<Pairwise['post']>[1],
    chains: readonly PastChain[],
  ): Promise<void> {
    const { id: conversation } = this.#room;
    for (let at = 0; at < chains.length; at += MAX_PAST_CHAINS) {
      const record = { type: 'past', conversation, chains: chains.slice(at, at + MAX_PAST_CHAINS) } as const;
      if (!(await this.#pairwise.post(account, device, `past/${conversation}/${at}`, record))) return;
    }
    await this.#context.sendPosts(logName('i', device));
  }

  /** Those whose author can be proven: of the others nobody could say whose they are. */
  async #chains(): Promise<PastChain[]> {
    const { keys, archive } = this.#context;
    const chains = this.#room.chains.all().map(async (chain): Promise<PastChain[]> => {
      const id = distributionId(chain);
      const signature = (await proofOf(keys, id)) ?? archive.proofOf(id);
      if (!signature) return [];
      const { account, device, epoch, generation, distribution } = chain;
      const message = encodeDistributionMessage(distribution);
      return [{ account, device, epoch, generation, distribution: message, signature }];
    });
    return (await Promise.all(chains)).flat();
  }
}
