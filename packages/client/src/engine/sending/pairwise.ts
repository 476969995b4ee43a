import type { AccountId, DeviceId } from '@sotto/protocol';
import { logName, ProtocolError } from '@sotto/protocol';
import { preKeyBundleOf } from '../../account/pre-key-bundle.js';
import { encodeInboxElement } from '../../conversation/inbox-element.js';
import { encodeInboxRecord, type InboxRecord } from '../../conversation/inbox-record.js';
import {
  CiphertextMessageType,
  type PreKeyBundle,
  type ProtocolAddress,
  SessionBuilder,
  SessionCipher,
} from '../../crypto/index.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { DeviceContext } from '../context/device-context.js';

/** Says something to one device: over the pairwise session with it, through its inbox. */
export class Pairwise {
  readonly #context: DeviceContext;

  constructor(context: DeviceContext) {
    this.#context = context;
  }

  /**
   * Queues a record for a device, in one write with the step of the session.
   * @param tag names the post: whoever queues it hears by that of its arrival
   * @param also what holds with it
   * @returns false when the device turned out to be removed: it gets nothing any more
   * @throws ProtocolError, AccountError
   */
  async post(
    account: AccountId,
    device: DeviceId,
    tag: string,
    record: InboxRecord,
    also: readonly KeyWrite[] = [],
  ): Promise<boolean> {
    const { signal, posts, self } = this.#context;
    const address = { name: account, deviceId: device };
    const bundle = await this.#bundle(address, account, device);
    if (bundle === 'removed') return false;
    const queued = await signal.transact(async (stores) => {
      if (bundle) await new SessionBuilder(stores, address).processPreKeyBundle(bundle);
      const { type, body } = await new SessionCipher(stores, address).encrypt(encodeInboxRecord(record));
      const kind = type === CiphertextMessageType.PreKey ? 'prekey' : 'message';
      const element = encodeInboxElement({ account: self.account, kind, body });
      const post = posts.prepare(logName('i', device), tag, element);
      stores.also([post.write, ...also]);
      return post;
    });
    queued.done();
    return true;
  }

  /** The device's pre-keys, where there is no session with it yet. Fetched outside the transaction. */
  async #bundle(
    address: ProtocolAddress,
    account: AccountId,
    device: DeviceId,
  ): Promise<PreKeyBundle | 'removed' | undefined> {
    const { signal, api, people } = this.#context;
    const known = await signal.transact((stores) => new SessionCipher(stores, address).hasCurrentSession());
    if (known) return undefined;
    try {
      const answer = await api.takeBundle(device);
      if (answer.device !== device) throw new ProtocolError('service/unavailable', { detail: 'bundle' });
      return preKeyBundleOf(answer);
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === 'auth/not-found')) throw error;
      people.outdated(account);
      const { list } = (await people.fresh(account)).list;
      if (!list.devices.some(({ id }) => id === device)) return 'removed';
      // Listed and without keys: the directory contradicts itself, which may pass.
      throw new ProtocolError('service/unavailable', {
        detail: 'listed device without pre-keys',
        cause: error,
      });
    }
  }
}
