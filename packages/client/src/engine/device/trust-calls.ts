import type { AccountId, ConversationId } from '@sotto/protocol';
import { ProtocolError, toBase64url } from '@sotto/protocol';
import type { VerifiedPerson } from '../../account/directory.js';
import type { Fingerprint, IdentityKey } from '../../crypto/index.js';
import type { TrustCalls as Calls, EngineCalls } from '../api/engine-api.js';
import type { Room } from '../room/room.js';
import { compareScanned, safetyNumber } from '../trust/safety-number.js';
import type { OpenDevice } from './open-device.js';

type Call<K extends keyof Calls> = EngineCalls[K];

/** What a person decides about the account keys and devices of others. */
export class TrustCalls {
  readonly #device: OpenDevice;

  constructor(device: OpenDevice) {
    this.#device = device;
  }

  safetyNumber: Call<'safetyNumber'> = async ({ account }) => {
    const person = await this.#person(account);
    const { displayable, scannable } = await this.#number(account, shownKey(person));
    return { digits: displayable, scannable: toBase64url(scannable) };
  };

  checkScanned: Call<'checkScanned'> = async ({ account, scanned }) => {
    const person = await this.#person(account);
    const result = compareScanned(await this.#number(account, shownKey(person)), scanned);
    if (result === 'match') await this.setVerified({ account, verified: true });
    if (result !== 'mismatch' || !person.offered) return { result };
    // They still have the key that is pinned: what was offered is somebody else's.
    const pinned = compareScanned(await this.#number(account, person.identity), scanned);
    if (pinned === 'match') {
      await this.#device.context.people.dropOffered(account);
      await this.setVerified({ account, verified: true });
    }
    return { result: pinned };
  };

  setVerified: Call<'setVerified'> = async ({ account, verified }) => {
    const { accountLog } = this.#device.context;
    if (verified) await this.acceptIdentity({ account });
    const { identity } = await this.#person(account);
    await accountLog.setVerified(account, verified ? identity : undefined);
    this.#told(account);
  };

  acceptIdentity: Call<'acceptIdentity'> = async ({ account, since }) => {
    const { accountLog, now } = this.#device.context;
    const { offered, identity } = await this.#person(account);
    if (offered && since !== undefined && offered.since !== since)
      throw new ProtocolError('client/keys-untrusted', { detail: 'another key since' });
    const key = offered?.list.identity ?? identity;
    await accountLog.setTrusted(account, { identity: key, since: now(), accepted: true });
    if (offered) await this.#device.contacts.accept(account, key);
    else this.#device.contacts.goOn(account);
    this.#told(account);
  };

  seeDevices: Call<'seeDevices'> = async ({ conversation }) => {
    const { people } = this.#device.context;
    for (const account of (await this.#room(conversation)).others) await people.see(account);
  };

  async #person(account: AccountId): Promise<VerifiedPerson> {
    const { people } = this.#device.context;
    return (await people.known(account)) ?? people.fresh(account);
  }

  async #number(account: AccountId, identity: IdentityKey): Promise<Fingerprint> {
    const own = await this.#person(this.#device.context.self.account);
    return safetyNumber(own, { account, identity });
  }

  async #room(conversation: ConversationId): Promise<Room> {
    const open = await this.#device.rooms.get(conversation);
    if (!open) throw new ProtocolError('auth/not-found', { detail: 'conversation' });
    return open.room;
  }

  /** The other devices of this account hear of it, and whoever looks at this one sees it. */
  #told(account: AccountId): void {
    this.#device.sendAccountLog();
    this.#device.contacts.changed(account);
  }
}

/** The key to be compared: where another is offered, it is that one which has to be looked at. */
function shownKey({ identity, offered }: VerifiedPerson): IdentityKey {
  return offered?.list.identity ?? identity;
}
