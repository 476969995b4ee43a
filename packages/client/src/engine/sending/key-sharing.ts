import type { AccountId, DeviceId, LogName } from '@sotto/protocol';
import { logName, ProtocolError } from '@sotto/protocol';
import type { BundleAnswer } from '../../account/http-api.js';
import { distributionId } from '../../conversation/chain.js';
import type { DistributionId } from '../../conversation/fields.js';
import { encodeInboxElement, encodeKeyRecord, type KeyRecord } from '../../conversation/key-record.js';
import { type OwnChain, ownDistribution } from '../../conversation/own-chain.js';
import {
  CiphertextMessageType,
  type PreKeyBundle,
  type ProtocolAddress,
  SessionBuilder,
  SessionCipher,
} from '../../crypto/index.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { Post } from '../../sync/posts.js';
import type { DeviceContext } from '../context/device-context.js';

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
  readonly #shared = new Map<DistributionId, Set<DeviceId>>();

  constructor(context: DeviceContext) {
    this.#context = context;
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
      const person = await this.#context.people.fresh(account);
      for (const device of person.list.list.devices) {
        if (device.id === this.#context.self.device || shared.has(device.id)) continue;
        logs.push(logName('i', device.id));
        if (!this.#queued(id, device.id)) await this.#post(id, account, device.id, sharing);
      }
    }
    for (const log of logs) await this.#context.sendPosts(log);
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

  async #post(id: DistributionId, account: AccountId, device: DeviceId, sharing: Sharing): Promise<void> {
    const { signal, posts, self } = this.#context;
    const address = { name: account, deviceId: device };
    const bundle = await this.#bundle(address, device);
    const record: KeyRecord = {
      conversation: sharing.chain.conversation,
      epoch: sharing.chain.epoch,
      generation: sharing.chain.generation,
      distribution: ownDistribution(sharing.chain, sharing.chain.nextIteration),
      stateKey: sharing.stateKey,
      state: sharing.state.slice(0, STATE_EVENTS),
    };
    const queued = await signal.transact(async (stores) => {
      if (bundle) await new SessionBuilder(stores, address).processPreKeyBundle(bundle);
      const { type, body } = await new SessionCipher(stores, address).encrypt(encodeKeyRecord(record));
      const kind = type === CiphertextMessageType.PreKey ? 'prekey' : 'message';
      const element = encodeInboxElement({ account: self.account, kind, body });
      const post = posts.prepare(logName('i', device), `${TAG}/${id}/${device}`, element);
      stores.also([post.write]);
      return post;
    });
    queued.done();
  }

  /** The device's pre-keys, where there is no session with it yet. Fetched outside the transaction. */
  async #bundle(address: ProtocolAddress, device: DeviceId): Promise<PreKeyBundle | undefined> {
    const { signal, api } = this.#context;
    const known = await signal.transact((stores) => new SessionCipher(stores, address).hasCurrentSession());
    if (known) return undefined;
    const answer = await api.takeBundle(device);
    if (answer.device !== device) throw new ProtocolError('service/unavailable', { detail: 'bundle' });
    return toBundle(answer);
  }
}

function toBundle(answer: BundleAnswer): PreKeyBundle {
  const { oneTime } = answer;
  return {
    registrationId: answer.registrationId,
    identityKey: answer.identityKey,
    signedPreKeyId: answer.signed.id,
    signedPreKey: answer.signed.key,
    signedPreKeySignature: answer.signed.signature,
    kyberPreKeyId: answer.kem.id,
    kyberPreKey: answer.kem.key,
    kyberPreKeySignature: answer.kem.signature,
    ...(oneTime ? { oneTimePreKey: { id: oneTime.id, publicKey: oneTime.key } } : {}),
  };
}
