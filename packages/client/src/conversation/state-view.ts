import type { AccountId, DeviceId } from '@sotto/protocol';
import { compareSpelling } from './clock.js';
import { compareBytes, equalBytes } from './hash.js';
import type { Role, Rotation } from './state-body.js';
import type { StateEventBase, StateEventOf } from './state-event.js';
import { areConcurrent, type Bits, type GraphNode, newest } from './state-graph.js';

/** Why an event that counts in the hash graph has no effect. */
export type StateRefusal =
  | 'creation-invalid'
  | 'not-a-member'
  | 'not-an-admin'
  | 'epoch-not-next'
  /** Nobody it names is in, or all are, so that it would change nothing. */
  | 'nobody-concerned'
  /** Not for a conversation of two. */
  | 'direct'
  /** Its author's device was off the account's list, as its ancestors say. */
  | 'device-gone'
  /** Its author was taken out, or made an ordinary member, by somebody who did not know of it, or its device bounded; or what it rests on was. */
  | 'void';

/** What an event's ancestors say of it, for ever. */
export type Judgement =
  | { readonly refusal: Exclude<StateRefusal, 'void'> }
  | {
      readonly refusal?: undefined;
      /** Whom it lets in or takes out. */
      readonly concerned: readonly AccountId[];
      /** Hashes (base64url) of what made its author a member, and an admin where it takes one: it holds while one of each does. */
      readonly membership: readonly string[];
      readonly authority: readonly string[] | undefined;
      /** The epoch that was, as its ancestors say. */
      readonly epoch: number;
    };

/** Whoever is in, as a set of events makes it. */
export interface StandingMember {
  readonly account: AccountId;
  readonly role: Role;
  /** Admissions that no removal beats; of a founder who is back, those that were beaten. */
  readonly admissions: readonly AdmissionNode[];
  /** Admissions and roles that say so, where the member is an admin; none by the rule of lock-outs. */
  readonly promotions: readonly string[];
}

export type AdmissionNode = GraphNode & { readonly event: StateEventOf<'create' | 'add'> };
type RoleNode = GraphNode & { readonly event: StateEventOf<'role'> };
type RaisingNode = GraphNode & { readonly event: StateEventOf<'remove' | 'epoch'> };
export type BoundNode = GraphNode & { readonly event: StateEventOf<'bound'> };
/** An event that takes somebody out. */
export type RemovalNode = GraphNode & { readonly event: StateEventOf<'remove' | 'leave'> };

/**
 * The state that a set of events makes, the set holding the ancestors of each of its events. What takes power away
 * (removals, leavings, demotions) has effect whatever else happened at the same time; everything else is void where its
 * author was taken out, or demoted, by somebody who did not know of it, and where what it rests on is void.
 */
export class StateView {
  readonly creation: AdmissionNode | undefined;
  readonly #nodes: readonly GraphNode[];
  readonly #judged: readonly Judgement[];
  readonly #removals = new Map<AccountId, RemovalNode[]>();
  readonly #demotions = new Map<AccountId, RoleNode[]>();
  /** What bounds a device, by the device. */
  readonly #bounds = new Map<DeviceId, BoundNode[]>();
  readonly #holds = new Set<string>();
  #members: Map<AccountId, StandingMember> | undefined;

  /**
   * @param judged of each node of the set, by its index
   * @param within the set's indices; every node if undefined
   */
  constructor(nodes: readonly GraphNode[], judged: readonly Judgement[], within?: Bits) {
    this.#judged = judged;
    this.#nodes = nodes.filter(
      ({ index }) => (!within || within.has(index)) && judged[index] && !judged[index].refusal,
    );
    const creations = this.#nodes.filter((node): node is AdmissionNode => node.event.type === 'create');
    this.creation = creations.sort((a, b) => compareBytes(a.hash, b.hash))[0];
    for (const node of this.#nodes) this.#noteTaking(node);
    this.#noteBounds();
    for (const node of this.#nodes) if (this.#isHolding(node)) this.#holds.add(node.key);
  }

  get kind(): 'direct' | 'group' | undefined {
    const { event } = this.creation ?? {};
    return event?.type === 'create' ? event.body.kind : undefined;
  }

  get founder(): AccountId | undefined {
    return this.kind === 'group' ? this.creation!.event.account : undefined;
  }

  holds(node: GraphNode): boolean {
    return this.#holds.has(node.key);
  }

  /** Everybody who is in. */
  get members(): ReadonlyMap<AccountId, StandingMember> {
    this.#members ??= this.#withoutLockOut(this.#standing());
    return this.#members;
  }

  /** Highest epoch that was begun. Void events count: nothing is lost by an epoch too many. */
  get epoch(): number {
    return this.#raising().reduce((highest, { event }) => Math.max(highest, event.body.epoch), 0);
  }

  /** The state key of the newest epoch; undefined where none was begun, null where nobody began it whose key is to be used. */
  get key(): Rotation | undefined | null {
    const { epoch } = this;
    if (epoch === 0) return undefined;
    const [first] = this.#raising()
      .filter((node) => node.event.body.epoch === epoch && this.holds(node))
      .sort((a, b) => compareBytes(a.hash, b.hash));
    return first?.event.body.key ?? null;
  }

  get name(): string {
    const named = this.#holding('create', 'rename');
    const [first] = newest(named).sort((a, b) => compareBytes(a.hash, b.hash));
    return first?.event.body.name ?? '';
  }

  get sharesPast(): boolean {
    const said = newest(this.#holding('create', 'past'));
    return (
      said.length > 0 &&
      said.every(({ event }) => (event.type === 'create' ? event.body.past : event.body.shared))
    );
  }

  /** Account keys of a member: those that admissions name, and those added since. */
  identities({ account, admissions }: StandingMember): Uint8Array[] {
    const keys: Uint8Array[] = [];
    const add = (identity: Uint8Array) => {
      if (!keys.some((known) => equalBytes(known, identity))) keys.push(identity);
    };
    const named = [...admissions].sort((a, b) => compareBytes(a.hash, b.hash));
    for (const { event } of named)
      for (const member of event.body.members) if (member.account === account) add(member.identity);
    const since = this.#holding('identity')
      .filter((node) => node.event.body.account === account)
      .filter((node) => admissions.some(({ index }) => node.ancestors.has(index)))
      .sort((a, b) => compareBytes(a.hash, b.hash));
    for (const { event } of since) add(event.body.identity);
    return keys;
  }

  /** What took somebody out, in effect. */
  removalsOf(account: AccountId): readonly RemovalNode[] {
    return this.#removals.get(account) ?? [];
  }

  /** What bounds the device that wrote something. */
  boundsOf({ account, device }: Pick<StateEventBase, 'account' | 'device'>): readonly BoundNode[] {
    return (this.#bounds.get(device) ?? []).filter(({ event }) => event.account === account);
  }

  /** Every device that is bounded, with what bounds it. */
  get bounds(): ReadonlyMap<DeviceId, readonly BoundNode[]> {
    return this.#bounds;
  }

  /** Everybody who ever was in. */
  ever(): Set<AccountId> {
    return new Set(this.#admissions().flatMap((node) => [...this.#concerned(node)]));
  }

  #noteTaking(node: GraphNode): void {
    const { event } = node;
    if (event.type === 'remove' || event.type === 'leave')
      for (const account of this.#concerned(node)) push(this.#removals, account, node as RemovalNode);
    if (event.type === 'role' && event.body.role === 'member')
      push(this.#demotions, event.body.account, node as RoleNode);
  }

  /**
   * Bounds hold, whatever became of their author's account: all that they take is words of that account. Only one that rests on a
   * later list voids one, by bounding its author's device: a device can't have left before who bounds it and after.
   */
  #noteBounds(): void {
    const bounds = this.#nodes.filter((node): node is BoundNode => node.event.type === 'bound');
    bounds.sort((a, b) => b.event.body.list - a.event.body.list || compareBytes(a.hash, b.hash));
    for (const node of bounds) {
      const { list } = node.event.body;
      const isVoid = this.boundsOf(node.event).some(
        (bound) => bound.event.body.list > list && areConcurrent(bound, node),
      );
      if (isVoid) continue;
      this.#holds.add(node.key);
      for (const device of node.event.body.devices) push(this.#bounds, device, node);
    }
  }

  /** Called in an order where each comes after its ancestors. */
  #isHolding(node: GraphNode): boolean {
    const { event } = node;
    const judgement = this.#judged[node.index]!;
    if (judgement.refusal) return false;
    if (event.type === 'create') return this.kind === 'direct' || node.index === this.creation!.index;
    if (isTaking(node)) return true;
    if (event.type === 'bound') return this.#holds.has(node.key);
    const { membership, authority } = judgement;
    const unseen = (taking: GraphNode) => areConcurrent(taking, node);
    if (this.removalsOf(event.account).some(unseen)) return false;
    if (this.boundsOf(event).some(unseen)) return false;
    if (authority && this.#demotions.get(event.account)?.some(unseen)) return false;
    const rests = (on: readonly string[]) => on.length === 0 || on.some((key) => this.#holds.has(key));
    return rests(membership) && rests(authority ?? []);
  }

  #holding<T extends StateEventOf['type']>(...types: T[]): (GraphNode & { event: StateEventOf<T> })[] {
    const wanted = new Set<string>(types);
    return this.#nodes.filter(
      (node): node is GraphNode & { event: StateEventOf<T> } =>
        wanted.has(node.event.type) && this.#holds.has(node.key) && this.#isOfStanding(node),
    );
  }

  /** Of several creations of one direct conversation only the standing one speaks. */
  #isOfStanding({ index, event }: GraphNode): boolean {
    return event.type !== 'create' || index === this.creation!.index;
  }

  #admissions(): AdmissionNode[] {
    return this.#holding('create', 'add');
  }

  #concerned({ index }: GraphNode): readonly AccountId[] {
    const judgement = this.#judged[index]!;
    return judgement.refusal ? [] : judgement.concerned;
  }

  #raising(): RaisingNode[] {
    return this.#nodes.filter(
      (node): node is RaisingNode => node.event.type === 'remove' || node.event.type === 'epoch',
    );
  }

  #standing(): Map<AccountId, StandingMember> {
    const admitted = new Map<AccountId, AdmissionNode[]>();
    for (const node of this.#admissions()) {
      for (const account of this.#concerned(node)) {
        const beaten = this.removalsOf(account).some(({ index }) => !node.ancestors.has(index));
        if (!beaten) push(admitted, account, node);
      }
    }
    return new Map([...admitted].map(([account, nodes]) => [account, this.#memberBy(account, nodes)]));
  }

  #memberBy(account: AccountId, admissions: readonly AdmissionNode[]): StandingMember {
    if (this.kind === 'direct') return { account, role: 'admin', admissions, promotions: [] };
    const since = this.#holding('role')
      .filter(({ event }) => event.body.account === account)
      .filter((node) => admissions.some(({ index }) => node.ancestors.has(index)));
    const said = newest<AdmissionNode | RoleNode>([...admissions, ...since]);
    const isAdmin = said.every((node) => roleBy(node, account) === 'admin');
    const promotions = isAdmin ? said.map(({ key }) => key) : [];
    return { account, role: isAdmin ? 'admin' : 'member', admissions, promotions };
  }

  /**
   * Nobody is an admin: then the founder is, and is back if he was taken out at the same time as whoever did it;
   * otherwise whoever was let in first.
   */
  #withoutLockOut(members: Map<AccountId, StandingMember>): Map<AccountId, StandingMember> {
    const { founder } = this;
    if (founder === undefined || [...members.values()].some(({ role }) => role === 'admin')) return members;
    const back = members.get(founder) ?? this.#foundersReturn(founder);
    const heir = back ?? [...members.values()].sort(bySeniority)[0];
    return heir ? members.set(heir.account, { ...heir, role: 'admin' }) : members;
  }

  #foundersReturn(account: AccountId): StandingMember | undefined {
    const admissions = this.#admissions().filter((node) => this.#concerned(node).includes(account));
    const last = newest(admissions);
    const unseen = ({ index }: RemovalNode) => last.some(({ ancestors }) => !ancestors.has(index));
    const keepers = this.removalsOf(account).filter(unseen);
    const isMutual = (removal: RemovalNode) =>
      removal.event.type === 'remove' &&
      this.removalsOf(removal.event.account).some((other) => areConcurrent(other, removal));
    return keepers.every(isMutual) ? { account, role: 'member', admissions, promotions: [] } : undefined;
  }
}

/** Takes power away: in effect whatever its author's fate. */
function isTaking({ event }: GraphNode): boolean {
  if (event.type === 'role') return event.body.role === 'member';
  return event.type === 'remove' || event.type === 'leave';
}

function roleBy({ event }: AdmissionNode | RoleNode, account: AccountId): Role {
  if (event.type === 'role') return event.body.role;
  return event.body.members.find((member) => member.account === account)!.role;
}

function bySeniority(a: StandingMember, b: StandingMember): number {
  const [first, second] = [earliest(a), earliest(b)];
  return (
    first.depth - second.depth ||
    compareBytes(first.hash, second.hash) ||
    compareSpelling(a.account, b.account)
  );
}

function earliest({ admissions }: StandingMember): AdmissionNode {
  return [...admissions].sort((a, b) => a.depth - b.depth || compareBytes(a.hash, b.hash))[0]!;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
