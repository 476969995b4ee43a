import type { AccountId, DeviceId, LogName } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import { distributionId } from '../../conversation/chain.js';
import { signChain } from '../../conversation/chain-signature.js';
import type { DistributionId } from '../../conversation/fields.js';
import { equalBytes } from '../../conversation/hash.js';
import { type KeyRecord, MAX_KEY_RECORD_BYTES } from '../../conversation/key-record.js';
import { type OwnChain, ownDistribution } from '../../conversation/own-chain.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { Post } from '../../sync/posts.js';
import type { DeviceContext } from '../context/device-context.js';
import { givenWrite } from './given-chains.js';
import { Pairwise } from './pairwise.js';

/** Somebody who is to be given keys. */
export interface Recipient {
  readonly account: AccountId;
  /** Account keys that the conversation's state names of them: nobody else's devices are given anything. */
  readonly identities: readonly Uint8Array[];
}

/** What goes into a key record beside the chain. */
export interface Sharing {
  readonly members: readonly Recipient[];
  readonly chain: OwnChain;
  readonly stateKey: Uint8Array;
  readonly state: readonly Uint8Array[];
  /** Also to devices that have the chain: the state key is another than they were given with it. */
  readonly anew?: boolean;
}

const TAG = 'key';
/** Signed state events that one record carries at most, in number and in bytes. */
const STATE_EVENTS = 32;
const STATE_BYTES = MAX_KEY_RECORD_BYTES - 1_000;
/** Devices that are written to at once. */
const AT_ONCE = 16;

const sharedKey = (id: DistributionId, device: DeviceId): string => `shared/${id}/${device}`;

/** Gives own chains to the devices of members, each over its pairwise session, through its inbox. */
export class KeySharing {
  readonly #context: DeviceContext;
  readonly #pairwise: Pairwise;
  /** Devices whose inbox durably holds a chain, and those that it is on its way to as well. */
  readonly #shared = new Map<DistributionId, Set<DeviceId>>();
  readonly #given = new Map<DistributionId, Set<DeviceId>>();
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
    const [shared, given] = [await this.#sharedWith(id), await this.#givenTo(id)];
    const state = fitting(sharing.state);
    const tell = async ([account, device]: readonly [AccountId, DeviceId]) => {
      const has = shared.has(device) || this.#queued(id, device);
      if (!has || sharing.anew) {
        given.add(device);
        if (!(await this.#post(id, account, device, { ...sharing, state }))) return;
      } else if (shared.has(device)) return;
      await this.#context.sendPosts(logName('i', device));
    };
    const devices = await this.#devices(sharing.members);
    for (let at = 0; at < devices.length; at += AT_ONCE)
      await Promise.all(devices.slice(at, at + AT_ONCE).map(tell));
  }

  /** Whether a chain went only to devices that these people have now: else it seals nothing any more. */
  async isAmong(chain: OwnChain, members: readonly Recipient[]): Promise<boolean> {
    const given = await this.#givenTo(distributionId(chain));
    if (given.size === 0) return true;
    const devices = new Set((await this.#devices(members)).map(([, device]) => device));
    return [...given].every((device) => devices.has(device));
  }

  /** Every other device of these people, on lists of account keys that the state names. */
  async #devices(members: readonly Recipient[]): Promise<[AccountId, DeviceId][]> {
    const lists = await Promise.all(
      members.map(async ({ account, identities }) => {
        const { identity, list } = await this.#context.people.fresh(account);
        const isNamed = identities.some((named) => equalBytes(named, identity));
        return isNamed ? list.list.devices.map(({ id }): [AccountId, DeviceId] => [account, id]) : [];
      }),
    );
    return lists.flat().filter(([, device]) => device !== this.#context.self.device);
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

  async #givenTo(id: DistributionId): Promise<Set<DeviceId>> {
    const shared = await this.#sharedWith(id);
    let given = this.#given.get(id);
    if (!given) {
      const { posts } = this.#context;
      const inboxes = posts.logs().filter((log: LogName) => log.startsWith('i.'));
      const queued = inboxes.map((log) => log.slice('i.'.length) as DeviceId);
      given = new Set([...shared, ...queued.filter((device) => this.#queued(id, device))]);
      this.#given.set(id, given);
    }
    return given;
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
      state: sharing.state,
    };
    const { keys } = this.#context;
    const also = await givenWrite(keys, id, device, sharing.chain.nextIteration);
    return this.#pairwise.post(account, device, `${TAG}/${id}/${device}`, record, { also });
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

/** As many of the first as one record holds. */
function fitting(state: readonly Uint8Array[]): readonly Uint8Array[] {
  const fits: Uint8Array[] = [];
  let bytes = 0;
  for (const event of state.slice(0, STATE_EVENTS)) {
    bytes += event.length + 8;
    if (bytes > STATE_BYTES && fits.length > 0) break;
    fits.push(event);
  }
  return fits;
}
