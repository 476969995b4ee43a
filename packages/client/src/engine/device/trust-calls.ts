import type { AccountId, ConversationId } from '@sotto/protocol';
import { ProtocolError, toBase64url } from '@sotto/protocol';
import type { VerifiedPerson } from '../../account/directory.js';
import { constantTimeEqual, type Fingerprint, type IdentityKey } from '../../crypto/index.js';
import type { TrustCalls as Calls, EngineCalls } from '../api/engine-api.js';
import type { Room } from '../room/room.js';
import { compareScanned, safetyNumber } from '../trust/safety-number.js';
import type { OpenDevice } from './open-device.js';

type Call<K extends keyof Calls> = EngineCalls[K];

/** What a person decides about the account keys and devices of others: always about the very key that was looked at. */
export class TrustCalls {
  readonly #device: OpenDevice;
  /** Whose safety number was shown last, of which key. */
  readonly #shown = new Map<AccountId, IdentityKey>();

  constructor(device: OpenDevice) {
    this.#device = device;
  }

  safetyNumber: Call<'safetyNumber'> = async ({ account }) => {
    const key = shownKey(await this.#person(account));
    this.#shown.set(account, key);
    const { displayable, scannable } = await this.#number(account, key);
    return { digits: displayable, scannable: toBase64url(scannable) };
  };

  checkScanned: Call<'checkScanned'> = async ({ account, scanned }) => {
    const person = await this.#person(account);
    const key = shownKey(person);
    const result = compareScanned(await this.#number(account, key), scanned);
    if (result === 'match') await this.#verify(account, key);
    if (result !== 'mismatch' || !person.offered) return { result };
    // They still have the key that is pinned: what was offered is somebody else's.
    const pinned = compareScanned(await this.#number(account, person.identity), scanned);
    if (pinned === 'match') {
      await this.#device.context.people.dropOffered(account);
      await this.#verify(account, person.identity);
    }
    return { result: pinned };
  };

  setVerified: Call<'setVerified'> = async ({ account, verified }) => {
    const key = shownKey(await this.#person(account));
    if (verified) return this.#verify(account, this.#shown.get(account) ?? key);
    await this.#device.context.accountLog.setVerified(account, undefined);
    this.#told(account);
  };

  acceptIdentity: Call<'acceptIdentity'> = async ({ account, since }) => {
    const person = await this.#person(account);
    if (person.offered && since !== undefined && person.offered.since !== since) throw anotherKey();
    await this.#accept(account, shownKey(person));
    this.#told(account);
  };

  /** @throws ProtocolError `client/keys-untrusted` when another key came since this one was looked at */
  async #verify(account: AccountId, key: IdentityKey): Promise<void> {
    await this.#accept(account, key);
    await this.#device.context.accountLog.setVerified(account, key);
    this.#told(account);
  }

  async #accept(account: AccountId, key: IdentityKey): Promise<void> {
    const { accountLog, people, now } = this.#device.context;
    const { offered, identity } = await this.#person(account);
    if (!constantTimeEqual(offered?.list.identity ?? identity, key)) throw anotherKey();
    if (offered && !(await people.trustOffered(account, key))) throw anotherKey();
    await accountLog.setTrusted(account, { identity: key, since: now(), accepted: true });
    this.#device.contacts.goOn(account);
  }

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

function anotherKey(): ProtocolError {
  return new ProtocolError('client/keys-untrusted', { detail: 'another key since' });
}
