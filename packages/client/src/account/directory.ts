import { type AccountId, type DeviceId, ProtocolError } from '@sotto/protocol';
import { constantTimeEqual, type IdentityKey } from '../crypto/index.js';
import type { KeyStore, KeyWrite } from '../store/key-store.js';
import { listedDevice, type VerifiedDeviceList, verifyDeviceList } from './device-list.js';
import { earlierLists } from './earlier-lists.js';
import type { AccountApi, NewerAnswer, PersonAnswer } from './http-api.js';
import { offeredAfter, verifyOffered } from './offered-list.js';
import {
  decodeOfferedList,
  decodePinnedList,
  encodeOfferedList,
  encodePinnedList,
  firstPin,
  listChange,
  nextPin,
  type OfferedList,
  type PinnedList,
  pinUnderNewKey,
  withPast,
} from './pinned-list.js';

/** Somebody whose device list was verified. */
export interface VerifiedPerson {
  readonly account: AccountId;
  readonly username: string;
  /** Account identity key that this device goes by. */
  readonly identity: IdentityKey;
  readonly list: PinnedList;
  /** Another account key that the server names for them since. Nobody is trusted by it until somebody looked at it. */
  readonly offered: OfferedList | undefined;
}

/** What is different about somebody since their list was last kept. */
export interface PersonChange {
  /** As known before; undefined at the first sight of them. */
  readonly before: VerifiedPerson | undefined;
  readonly after: VerifiedPerson;
}

export interface DirectoryOptions {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Told of a change before it is kept: what is made of it is told once more, rather than never, where a device dies
   * in between.
   */
  changing(change: PersonChange): Promise<void>;
}

/** Who is who, each pinned at the highest list version and under the account key first seen or accepted since. */
export interface Directory {
  /** Looks up an exact username. @throws ProtocolError `auth/not-found`; AccountError as verifyDeviceList */
  person(username: string): Promise<VerifiedPerson>;
  /** Asks for an account's newest list. @throws as {@link person} */
  account(account: AccountId): Promise<VerifiedPerson>;
  /** Asks for the newest lists of many accounts, at most 64, in one request; each holds or fails as with {@link account}. */
  accounts(
    accounts: readonly AccountId[],
  ): Promise<ReadonlyMap<AccountId, PromiseSettledResult<VerifiedPerson>>>;
  /** What is pinned, without asking. */
  pinned(account: AccountId): Promise<VerifiedPerson | undefined>;
  /**
   * Verifies a list that came another way, own ones after signing in included. The first is pinned, as are those of the same
   * account key that follow; another key's is kept beside the pin, as offered.
   * @throws AccountError `account/list-forged`, `account/list-rolled-back`
   */
  accept(person: PersonAnswer): Promise<VerifiedPerson>;
  /** Goes by an account key that was offered, from now on. @returns who it is now; undefined when it is not offered any more */
  trustOffered(account: AccountId, identity: IdentityKey): Promise<VerifiedPerson | undefined>;
  /** Keeps the pinned key: what was offered was somebody else's. */
  dropOffered(account: AccountId): Promise<void>;
  /** Everybody with an offered key. */
  offered(): Promise<VerifiedPerson[]>;
  /**
   * Learns which devices were on their earlier lists, where this device did not see them all: each list has to be the one
   * whose hash the next one names. @throws ProtocolError; AccountError `account/list-forged`
   */
  learnPast(account: AccountId): Promise<void>;
  /** Their new devices were looked at, or one of them. */
  see(account: AccountId, device?: DeviceId): Promise<void>;
  /** Whether this key is this device's on its account's pinned list: who else asks to be trusted is not. */
  isListed(account: AccountId, device: DeviceId, key: IdentityKey): Promise<boolean>;
}

const OFFERED = 'offered/';
const pinKey = (account: AccountId) => `pin/${account}`;
const offeredKey = (account: AccountId) => `${OFFERED}${account}`;

/** @param keys where pins are kept, under `pin/<account>`, and what is offered beside them, under `offered/<account>` */
export function createDirectory(
  api: Pick<AccountApi, 'person' | 'account' | 'newerLists' | 'deviceLists'>,
  keys: KeyStore,
  { now, changing }: DirectoryOptions = { now: Date.now, changing: async () => {} },
): Directory {
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: two answers that cross must not pin the older list last. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function read(account: AccountId): Promise<VerifiedPerson | undefined> {
    const bytes = await keys.get(pinKey(account));
    if (!bytes) return undefined;
    const offered = await keys.get(offeredKey(account));
    return personOf(decodePinnedList(bytes), offered && decodeOfferedList(offered));
  }

  async function keep(before: VerifiedPerson | undefined, after: VerifiedPerson): Promise<VerifiedPerson> {
    const writes = changesOf(before, after);
    if (writes.length === 0) return before ?? after;
    if (isTold(before, after)) await changing({ before, after });
    await keys.write(writes);
    return after;
  }

  async function judge(answer: PersonAnswer): Promise<VerifiedPerson> {
    const { account, username, deviceList } = answer;
    const before = await read(account);
    const offered = before && (await verifyOffered(deviceList, before.list, before.offered, now()));
    if (before && offered) return keep(before, { ...before, offered });
    const list = await verifyDeviceList(deviceList, { account, pinned: before?.list });
    const pin = before ? nextPin(before.list, list) : firstPin(list, username);
    return keep(before, personOf(pin, offeredAfter(before?.offered, list)));
  }

  async function change(
    account: AccountId,
    to: (before: VerifiedPerson) => VerifiedPerson | undefined,
  ): Promise<VerifiedPerson | undefined> {
    return inTurn(async () => {
      const before = await read(account);
      const after = before && to(before);
      return after && keep(before, after);
    });
  }

  const accept = (answer: PersonAnswer) => inTurn(() => judge(answer));

  /** An answer without a list says that the one known is the newest. */
  async function acceptNewer(account: AccountId, answer: NewerAnswer | undefined): Promise<VerifiedPerson> {
    const known = await read(account);
    const deviceList = answer?.deviceList ?? (known && new Uint8Array(known.list.encoded));
    if (!answer || !deviceList) throw new ProtocolError('auth/not-found');
    return accept({ account, username: answer.username, deviceList });
  }

  return {
    accept,
    pinned: read,
    async accounts(accounts) {
      const known = await Promise.all(
        accounts.map(async (account) => ({
          account,
          version: (await read(account))?.list.list.version ?? 0,
        })),
      );
      const answers = new Map((await api.newerLists(known)).map((answer) => [answer.account, answer]));
      const settled = await Promise.allSettled(
        accounts.map((account) => acceptNewer(account, answers.get(account))),
      );
      return new Map(accounts.map((account, index) => [account, settled[index]!]));
    },
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
    trustOffered: (account, identity) =>
      change(account, ({ list, offered }) => {
        if (!offered || !constantTimeEqual(offered.list.identity, identity)) return undefined;
        return personOf(pinUnderNewKey(list, verifiedPart(offered)), undefined);
      }),
    async dropOffered(account) {
      await change(account, (before) => ({ ...before, offered: undefined }));
    },
    async offered() {
      const entries = await keys.list(OFFERED);
      const people = await Promise.all(entries.map(([key]) => read(key.slice(OFFERED.length) as AccountId)));
      return people.filter((person) => person !== undefined);
    },
    async learnPast(account) {
      const pin = (await read(account))?.list;
      if (!pin || pin.isPastKnown) return;
      const earlier = await earlierLists(pin, (version) => api.deviceLists(account, version));
      await change(account, (before) =>
        // A list that came meanwhile has a past of its own.
        sameList(before.list, pin) ? { ...before, list: withPast(before.list, earlier) } : undefined,
      );
    },
    async see(account, device) {
      await change(account, (before) => {
        const unseen = before.list.unseen.filter((id) => device !== undefined && id !== device);
        return { ...before, list: { ...before.list, unseen } };
      });
    },
    async isListed(account, device, key) {
      const listed = await read(account).then((person) => person && listedDevice(person.list, device));
      return listed !== undefined && constantTimeEqual(listed.key, key);
    },
  };
}

function personOf(list: PinnedList, offered: OfferedList | undefined): VerifiedPerson {
  const { account, identity } = list.list;
  return { account, username: list.username, identity, list, offered };
}

function verifiedPart({ list, encoded }: VerifiedDeviceList): VerifiedDeviceList {
  return { list, encoded };
}

function changesOf(before: VerifiedPerson | undefined, after: VerifiedPerson): KeyWrite[] {
  const { account } = after;
  const writes: KeyWrite[] = [];
  const samePin = before && sameList(before.list, after.list) && before.username === after.username;
  const samePast = before?.list.isPastKnown === after.list.isPastKnown;
  if (!samePin || !samePast || before.list.unseen.length !== after.list.unseen.length)
    writes.push({ key: pinKey(account), value: encodePinnedList(after.list) });
  const [was, is] = [before?.offered, after.offered];
  if (is && !(was && sameList(was, is) && was.since === is.since))
    writes.push({ key: offeredKey(account), value: encodeOfferedList(is) });
  if (was && !is) writes.push({ key: offeredKey(account), value: undefined });
  return writes;
}

/** Whether there is something to tell people: devices that came or went, another key. */
function isTold(before: VerifiedPerson | undefined, after: VerifiedPerson): boolean {
  if (!before) return false;
  const { added, removed } = listChange(before.list, after.list);
  const offered = after.offered && after.offered.since !== before.offered?.since;
  return added.length > 0 || removed.length > 0 || offered === true;
}

function sameList(a: VerifiedDeviceList, b: VerifiedDeviceList): boolean {
  return a.list.version === b.list.version && constantTimeEqual(a.encoded, b.encoded);
}

function aboutSomebodyElse(): ProtocolError {
  return new ProtocolError('service/unavailable', { detail: 'answer about somebody else' });
}
