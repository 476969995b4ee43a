import { type AccountId, type DeviceId, ProtocolError } from '@sotto/protocol';
import { constantTimeEqual, type IdentityKey } from '../crypto/index.js';
import type { KeyStore } from '../store/key-store.js';
import { listedDevice, verifyDeviceList } from './device-list.js';
import type { AccountApi, PersonAnswer } from './http-api.js';
import { decodePinnedList, encodePinnedList, type PinnedList } from './pinned-list.js';

/** Somebody whose device list was verified. */
export interface VerifiedPerson {
  readonly account: AccountId;
  readonly username: string;
  /** Account identity key: what people compare. */
  readonly identity: IdentityKey;
  readonly list: PinnedList;
}

/** Who is who, each pinned at the highest list version seen. */
export interface Directory {
  /** Looks up an exact username. @throws ProtocolError `auth/not-found`; AccountError as verifyDeviceList */
  person(username: string): Promise<VerifiedPerson>;
  /** Asks for an account's newest list. @throws as {@link person} */
  account(account: AccountId): Promise<VerifiedPerson>;
  /** What is pinned, without asking. */
  pinned(account: AccountId): Promise<VerifiedPerson | undefined>;
  /** Verifies a list that came another way, own ones after signing in included, and pins it. */
  accept(person: PersonAnswer): Promise<VerifiedPerson>;
  /** Whether this key is this device's on its account's pinned list: who else asks to be trusted is not. */
  isListed(account: AccountId, device: DeviceId, key: IdentityKey): Promise<boolean>;
}

const pinKey = (account: AccountId) => `pin/${account}`;

/** @param keys where pins are kept, under `pin/<account>` */
export function createDirectory(api: Pick<AccountApi, 'person' | 'account'>, keys: KeyStore): Directory {
  let last: Promise<unknown> = Promise.resolve();

  async function readPin(account: AccountId): Promise<PinnedList | undefined> {
    const bytes = await keys.get(pinKey(account));
    return bytes && decodePinnedList(bytes);
  }

  async function verifyAndPin({ account, username, deviceList }: PersonAnswer): Promise<VerifiedPerson> {
    const pinned = await readPin(account);
    const verified = await verifyDeviceList(deviceList, { account, pinned });
    const next: PinnedList = { ...verified, username };
    const isNews = pinned?.list.version !== next.list.version || pinned.username !== username;
    if (isNews) await keys.write([{ key: pinKey(account), value: encodePinnedList(next) }]);
    return personOf(next);
  }

  /** One after the other: two answers that cross must not pin the older list last. */
  function accept(answer: PersonAnswer): Promise<VerifiedPerson> {
    const turn = last.then(() => verifyAndPin(answer));
    last = turn.catch(() => undefined);
    return turn;
  }

  async function pinned(account: AccountId): Promise<VerifiedPerson | undefined> {
    const pin = await readPin(account);
    return pin && personOf(pin);
  }

  return {
    accept,
    pinned,
    async person(username) {
      const answer = await api.person(username.trim().toLowerCase());
      if (answer.username !== username.trim().toLowerCase()) throw aboutSomebodyElse();
      return accept(answer);
    },
    async account(account) {
      const answer = await api.account(account);
      if (answer.account !== account) throw aboutSomebodyElse();
      return accept(answer);
    },
    async isListed(account, device, key) {
      const pin = await readPin(account);
      const listed = pin && listedDevice(pin, device);
      return listed !== undefined && constantTimeEqual(listed.key, key);
    },
  };
}

function personOf(list: PinnedList): VerifiedPerson {
  return { account: list.list.account, username: list.username, identity: list.list.identity, list };
}

function aboutSomebodyElse(): ProtocolError {
  return new ProtocolError('service/unavailable', { detail: 'answer about somebody else' });
}
