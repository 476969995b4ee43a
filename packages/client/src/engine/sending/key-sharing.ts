import type { AccountId, DeviceId, LogName } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import { distributionId } from '../../conversation/chain.js';
import { signChain } from '../../conversation/chain-signature.js';
import type { DistributionId } from '../../conversation/fields.js';
import type { KeyRecord } from '../../conversation/key-record.js';
import { type OwnChain, ownDistribution } from '../../conversation/own-chain.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { Post } from '../../sync/posts.js';
import type { DeviceContext } from '../context/device-context.js';
import { Pairwise } from './pairwise.js';

/** What goes into a key record beside the chain. */
export interface Sharing {
  readonly members: readonly AccountId[];
  readonly chain: OwnChain;
  readonly stateKey: Uint8Array;
  readonly state: readonly Uint8Array[];
}

const TAG = 'key';
/** Signed state events that one record carries at most. */
const STATE_EVENTS = 32;

const sharedKey = (id: DistributionId, device: DeviceId): string => `shared/${id}/${device}`;

/** Gives own chains to the devices of members, each over its pairwise session, through its inbox. */
export class KeySharing {
  readonly #context: DeviceContext;
  readonly #pairwise: Pairwise;
  readonly #shared = new Map<DistributionId, Set<DeviceId>>();
  readonly #signatures = new Map<DistributionId, Uint8Array>();

  constructor(context: DeviceContext) {
    this.#context = context;
    this.#pairwise = new Pairwise(context);
  }

  /**
   * Sees to it that the chain's record is durable in the inbox of every live device of every member.
   * @throws ProtocolError, AccountError when some device could not be reached: nothing may be sealed by the chain yet
   */
  async share(sharing: Sharing): Promise<void> {
    const id = distributionId(sharing.chain);
    const shared = await this.#sharedWith(id);
    const logs: LogName[] = [];
    for (const account of sharing.members) {
      for (const device of await this.#devices(account)) {
        if (device === this.#context.self.device || shared.has(device)) continue;
        if (!this.#queued(id, device) && !(await this.#post(id, account, device, sharing))) continue;
        logs.push(logName('i', device));
      }
    }
    for (const log of logs) await this.#context.sendPosts(log);
  }

  async #devices(account: AccountId): Promise<DeviceId[]> {
    const person = await this.#context.people.fresh(account);
    return person.list.list.devices.map(({ id }) => id);
  }

  /** The change that remembers an arrived record; empty for other posts. */
  arrived(post: Post): KeyWrite[] {
    const [tag, id, device] = post.tag.split('/') as [string, DistributionId, DeviceId];
    if (tag !== TAG) return [];
    this.#shared.get(id)?.add(device);
    return [{ key: sharedKey(id, device), value: Uint8Array.of(1) }];
  }

  #queued(id: DistributionId, device: DeviceId): boolean {
    return this.#context.posts.of(logName('i', device)).some((post) => post.tag === `${TAG}/${id}/${device}`);
  }

  async #sharedWith(id: DistributionId): Promise<Set<DeviceId>> {
    let shared = this.#shared.get(id);
    if (!shared) {
      const prefix = `shared/${id}/`;
      const entries = await this.#context.keys.list(prefix);
      shared = new Set(entries.map(([key]) => key.slice(prefix.length) as DeviceId));
      this.#shared.set(id, shared);
    }
    return shared;
  }

  /** @returns false when the device turned out to be removed: it gets nothing any more */
  async #post(id: DistributionId, account: AccountId, device: DeviceId, sharing: Sharing): Promise<boolean> {
    const record: KeyRecord = {
      type: 'chain',
      conversation: sharing.chain.conversation,
      epoch: sharing.chain.epoch,
      generation: sharing.chain.generation,
      distribution: ownDistribution(sharing.chain, sharing.chain.nextIteration),
      signature: this.#signature(id, sharing.chain),
      stateKey: sharing.stateKey,
      state: sharing.state.slice(0, STATE_EVENTS),
    };
    return this.#pairwise.post(account, device, `${TAG}/${id}/${device}`, record);
  }

  /** One signature does for all who get the chain. */
  #signature(id: DistributionId, chain: OwnChain): Uint8Array {
    const known = this.#signatures.get(id);
    if (known) return known;
    const { publicKey } = chain.first.signingKeyPair;
    const signature = signChain(chain, publicKey, this.#context.self.identity);
    this.#signatures.set(id, signature);
    return signature;
  }
}
