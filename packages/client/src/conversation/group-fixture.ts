import type { ConversationId } from '@sotto/protocol';
import { groupConversationId } from './direct.js';
import { clock } from './envelope-fixture.js';
import type { FeedEnd, Role, StateBodies, StateType } from './state-body.js';
import type { StateEventOf } from './state-event.js';
import { admitting, type Party, party, rotation } from './state-fixture.js';
import {
  type KnownDevice,
  readStateEvent,
  signStateEvent,
  type VerifiedStateEvent,
  verifyStateEvent,
} from './state-signature.js';

/** Somebody with a name to tell by. Only for tests. */
export interface Somebody extends Party {
  readonly name: string;
}

const somebody = (name: string, index: number): Somebody => ({ name, ...party(0x10 + 4 * index) });

/** Ada founds the group; Ben is an admin beside her, Cyd a member; Dan and Eve are not in at first. */
export const people = ['ada', 'ben', 'cyd', 'dan', 'eve'].map(somebody) as [
  Somebody,
  Somebody,
  Somebody,
  Somebody,
  Somebody,
];
const [ada, ben, cyd] = people;

/** One more device of somebody's, which was on the account's list up to a version. Only for tests. */
export interface GoneDevice extends Somebody {
  readonly left: { readonly last: number; readonly gone: number };
}

const former = (of: Somebody, name: string, fill: number, last: number): GoneDevice => {
  const { device, keys } = party(fill);
  return { ...of, name, device, keys, left: { last, gone: last + 1 } };
};
/** Ben's phone was removed by his list 3, his laptop by list 5. Everybody knows the lists up to 7. */
export const phone: GoneDevice = former(ben, "ben's phone", 0x60, 2);
export const laptop: GoneDevice = former(ben, "ben's laptop", 0x64, 4);
const NEWEST = 7;
const nonce = new Uint8Array(16).fill(7);
export const group: ConversationId = groupConversationId(ada.account, nonce);

function known(device: Party['device']): KnownDevice | undefined {
  const found: (Somebody & Partial<GoneDevice>) | undefined = [...people, phone, laptop].find(
    (one) => one.device === device,
  );
  if (!found) return undefined;
  const { account, identity, keys, left } = found;
  const base = { account, key: keys.publicKey, identities: [identity], newest: NEWEST, isPastKnown: true };
  return left ? { ...base, left } : base;
}

type Parent = VerifiedStateEvent | Uint8Array;

/** What somebody may write, on top of what they know. */
export interface Acts {
  add(who: Somebody, role?: Role): Promise<VerifiedStateEvent>;
  remove(...who: Somebody[]): Promise<VerifiedStateEvent>;
  removeIn(epoch: number, ...who: Somebody[]): Promise<VerifiedStateEvent>;
  removeWith(feeds: readonly FeedEnd[], ...who: Somebody[]): Promise<VerifiedStateEvent>;
  leave(): Promise<VerifiedStateEvent>;
  role(who: Somebody, role: Role): Promise<VerifiedStateEvent>;
  rename(name: string): Promise<VerifiedStateEvent>;
  past(shared: boolean): Promise<VerifiedStateEvent>;
  identity(who: Somebody, identity: Uint8Array): Promise<VerifiedStateEvent>;
  epoch(epoch: number): Promise<VerifiedStateEvent>;
  /** @param list by default the first without them all */
  bound(devices: readonly Somebody[], feeds: readonly FeedEnd[], list?: number): Promise<VerifiedStateEvent>;
  /** The same under another counter than the next. */
  at(counter: number): Acts;
}

/** A group as it begins, and how it goes on. Counters and epochs follow on the parents' by themselves. */
export async function story() {
  const heights = new Map<string, { counter: number; epoch: number }>();
  let counter = 0;

  async function write<T extends StateType>(
    by: Somebody,
    type: T,
    parents: readonly Uint8Array[],
    body: StateBodies[T],
    number: number,
    epoch: number,
  ): Promise<VerifiedStateEvent> {
    const base = {
      conversation: group,
      device: by.device,
      account: by.account,
      clock,
      counter: number,
      parents,
    };
    const signed = signStateEvent({ ...base, type, body } as StateEventOf, by.keys);
    heights.set(Buffer.from(readStateEvent(signed).hash).toString('hex'), { counter: number, epoch });
    return await verifyStateEvent(signed, group, known);
  }

  const founding = (members: readonly Somebody[]) => {
    const admissions = members.map((one) => admitting(one, one === cyd ? 'member' : 'admin'));
    const body = { kind: 'group', name: 'Walkers', members: admissions, past: false, nonce } as const;
    return write(ada, 'create', [], body, 1, 0);
  };
  const create = await founding([ada, ben, cyd]);

  const by = (author: Somebody, parents: readonly Parent[], fixed?: number): Acts => {
    const hashes = parents.map((parent) => (parent instanceof Uint8Array ? parent : parent.hash));
    const before = hashes.map((hash) => heights.get(Buffer.from(hash).toString('hex')));
    const epoch = Math.max(0, ...before.map((height) => height?.epoch ?? 0));
    const next = () => {
      counter += 1;
      return fixed ?? counter + 1;
    };
    const say = <T extends StateType>(type: T, body: StateBodies[T], raised = epoch) =>
      write(author, type, hashes, body, next(), raised);
    const out = (raised: number, feeds: readonly FeedEnd[], who: readonly Somebody[]) => {
      const members = who.map(({ account }) => ({ account, feeds }));
      return say('remove', { members, epoch: raised, key: rotation(raised % 256) }, raised);
    };
    return {
      add: (who, role = 'member') => say('add', { members: [admitting(who, role)] }),
      remove: (...who) => out(epoch + 1, [], who),
      removeIn: (raised, ...who) => out(raised, [], who),
      removeWith: (feeds, ...who) => out(epoch + 1, feeds, who),
      leave: () => say('leave', {}),
      role: (who, role) => say('role', { account: who.account, role }),
      rename: (name) => say('rename', { name }),
      past: (shared) => say('past', { shared }),
      identity: (who, identity) => say('identity', { account: who.account, identity }),
      bound: (devices, feeds, list = NEWEST) =>
        say('bound', { list, devices: devices.map(({ device }) => device), feeds }),
      epoch: (raised) => say('epoch', { epoch: raised, key: rotation(raised % 256) }, raised),
      at: (number) => by(author, parents, number),
    };
  };
  return { create, founding, by: (author: Somebody, parents: readonly Parent[]) => by(author, parents) };
}
