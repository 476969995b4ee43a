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
import { sessionLife, sessionLifeWrite } from '../context/session-life.js';

/** Says something to one device: over the pairwise session with it, through its inbox. */
export class Pairwise {
  readonly #context: DeviceContext;

  constructor(context: DeviceContext) {
    this.#context = context;
  }

  /**
   * Queues a record for a device, in one write with the step of the session.
   * @param tag names the post: whoever queues it hears by that of its arrival
   * @param options `also` holds with it; `fresh` begins another session, where the device has lost the one before
   * @returns false when the device turned out to be removed: it gets nothing any more
   * @throws ProtocolError, AccountError
   */
  async post(
    account: AccountId,
    device: DeviceId,
    tag: string,
    record: InboxRecord,
    { also = [], fresh = false }: { also?: readonly KeyWrite[]; fresh?: boolean } = {},
  ): Promise<boolean> {
    const { signal, posts, self, lease } = this.#context;
    const address = { name: account, deviceId: device };
    const bundle = await this.#bundle(address, account, device, fresh);
    if (bundle === 'removed') return false;
    const queued = await signal.transact(async (stores) => {
      if (bundle) await new SessionBuilder(stores, address).processPreKeyBundle(bundle);
      const { type, body } = await new SessionCipher(stores, address).encrypt(encodeInboxRecord(record));
      const kind = type === CiphertextMessageType.PreKey ? 'prekey' : 'message';
      const element = encodeInboxElement({ account: self.account, kind, body });
      const post = posts.prepare(logName('i', device), tag, element);
      stores.also([post.write, sessionLifeWrite({ account, device }, lease.number), ...also]);
      return post;
    });
    queued.done();
    return true;
  }

  /**
   * The device's pre-keys, where this life has no session with it yet: another copy of this device may have sent by the one
   * before, and no message key is used twice. Fetched outside the transaction.
   */
  async #bundle(
    address: ProtocolAddress,
    account: AccountId,
    device: DeviceId,
    fresh: boolean,
  ): Promise<PreKeyBundle | 'removed' | undefined> {
    const { signal, api, people, keys, lease } = this.#context;
    const known = await signal.transact((stores) => new SessionCipher(stores, address).hasCurrentSession());
    if (known && !fresh && (await sessionLife(keys, { account, device })) === lease.number) return undefined;
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
