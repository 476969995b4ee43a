import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { listedDevice } from '../../account/device-list.js';
import { knownDevice } from '../../account/pinned-list.js';
import { type ReceivedChain, receiveChain } from '../../conversation/chain.js';
import { verifyChain } from '../../conversation/chain-signature.js';
import { directConversationId, groupConversationId } from '../../conversation/direct.js';
import { ConversationError, isConversationError } from '../../conversation/errors.js';
import type { KeyRecord } from '../../conversation/key-record.js';
import type { CreateEvent } from '../../conversation/state-event.js';
import { readStateEvent } from '../../conversation/state-signature.js';
import type { Archiving, Authorship } from '../archive/archive.js';
import type { DeviceContext } from '../context/device-context.js';
import { isNamed } from '../context/holding.js';
import type { Summary } from '../context/summary.js';
import { archiveFacts } from '../room/archiving.js';
import { Room, type RoomEvents } from '../room/room.js';
import { type Change, proofWrite } from '../room/room-chains.js';
import { decodeFacts, FACTS_PREFIX, factsWrite, type RoomFacts, withRecord } from '../room/room-facts.js';
import { peerOf, type Scope } from '../room/scope.js';
import type { KeySharing } from '../sending/key-sharing.js';
import { RoomSender } from '../sending/room-sender.js';

/** Chains kept of people who are not known to belong to a conversation. */
const STRANGERS = 64;

/** A room and what sends for it. */
export interface OpenRoom {
  readonly room: Room;
  readonly sender: RoomSender;
}

/** The rooms of an open device, loaded when first needed. */
export class Rooms {
  readonly #context: DeviceContext;
  readonly #sharing: KeySharing;
  readonly #events: RoomEvents;
  readonly #open = new Map<ConversationId, Promise<OpenRoom>>();
  readonly #loaded = new Map<ConversationId, Room>();
  /** What every conversation that this device knows is between. */
  readonly #scopes = new Map<ConversationId, Scope>();
  /** Who belonged when the facts were last kept, of rooms that are not loaded. */
  readonly #members = new Map<ConversationId, readonly AccountId[]>();
  /** State counters as the server told, of rooms that are not loaded too. */
  readonly #counters = new Map<ConversationId, number>();

  private constructor(context: DeviceContext, sharing: KeySharing, events: RoomEvents) {
    this.#context = context;
    this.#sharing = sharing;
    this.#events = events;
  }

  static async open(context: DeviceContext, sharing: KeySharing, events: RoomEvents): Promise<Rooms> {
    const rooms = new Rooms(context, sharing, events);
    for (const [id, summary] of context.summaries.all()) rooms.#scopes.set(id, scopeOf(summary));
    for (const [key, value] of await context.keys.list(FACTS_PREFIX)) {
      const id = key.slice(FACTS_PREFIX.length) as ConversationId;
      const { scope, members } = decodeFacts(value);
      rooms.#scopes.set(id, scope);
      rooms.#members.set(id, members);
    }
    return rooms;
  }

  known(): ConversationId[] {
    return [...this.#scopes.keys()];
  }

  has(id: ConversationId): boolean {
    return this.#scopes.has(id);
  }

  /** Whether somebody belongs to a conversation, as far as this device knows. */
  concerns(id: ConversationId, account: AccountId): boolean {
    const scope = this.#scopes.get(id);
    if (!scope) return false;
    if (peerOf(scope) === account) return true;
    const members = this.#loaded.get(id)?.members ?? this.#members.get(id) ?? [];
    return members.includes(account);
  }

  /** The other person of a direct conversation. */
  peer(id: ConversationId): AccountId | undefined {
    const scope = this.#scopes.get(id);
    return scope && peerOf(scope);
  }

  /** Who belongs, as far as this device knows. */
  membersOf(id: ConversationId): readonly AccountId[] {
    const scope = this.#scopes.get(id);
    const peer = scope && peerOf(scope);
    const known = this.#loaded.get(id)?.members ?? this.#members.get(id) ?? [];
    return peer === undefined ? known : [...new Set([peer, ...known])];
  }

  /** Undefined for a conversation that no key record or local beginning has told of yet. */
  async get(id: ConversationId): Promise<OpenRoom | undefined> {
    const scope = this.#scopes.get(id);
    return scope && this.#load(id, scope);
  }

  /** As {@link get}. @throws ProtocolError `auth/not-found` */
  async getOpen(id: ConversationId): Promise<OpenRoom> {
    const open = await this.get(id);
    if (!open) throw new ProtocolError('auth/not-found', { detail: 'conversation' });
    return open;
  }

  /** The room of the direct conversation with somebody, whether it exists yet or not. */
  async direct(peer: AccountId): Promise<OpenRoom> {
    const id = directConversationId(this.#context.self.account, peer);
    const scope: Scope = { kind: 'direct', peer };
    this.#scopes.set(id, scope);
    return this.#load(id, scope);
  }

  /** A room that is loaded or being loaded. */
  loadedRoom(id: ConversationId): Promise<Room> | undefined {
    return this.#open.get(id)?.then(({ room }) => room);
  }

  /** A conversation that the archive told of is known from now on. */
  adopt(id: ConversationId, scope: Scope): void {
    if (!this.#scopes.has(id)) this.#scopes.set(id, scope);
  }

  /** Rooms that were loaded since the device was opened. */
  loaded(): Promise<OpenRoom[]> {
    return Promise.all(this.#open.values());
  }

  /**
   * The server's word on a conversation's counter, and on whether this account belongs. It holds when this returns:
   * whatever is sent next goes by it.
   */
  heard(id: ConversationId, counter: number, member: boolean): void {
    this.#counters.set(id, counter);
    // Whoever is in a group again sees it again.
    if (member && this.#context.accountLog.standing(id) === 'hidden') this.#events.shownAgain(id);
    const room = this.#loaded.get(id);
    if (!room) return;
    room.counter = Math.max(room.counter, counter);
    room.admitted = member;
  }

  /**
   * Takes in a key record that came over its device's session.
   * @throws ConversationError when it is not for a conversation of this account with that account
   */
  async accept(
    from: { readonly account: AccountId; readonly device: DeviceId },
    record: KeyRecord,
  ): Promise<Change> {
    const scope = this.#scopeOf(from.account, record);
    const { conversation, epoch, generation } = record;
    const chain = receiveChain({ conversation, epoch, generation, ...from }, record.distribution);
    const author = await this.#authorOf(chain, record.signature);
    const before = this.#scopes.get(conversation);
    this.#scopes.set(conversation, scope);
    const { room } = await this.#load(conversation, scope);
    if (before === undefined && !room.facts) this.#subscribe(conversation);
    if (isCrowded(room, from.account)) throw new ConversationError('conversation/members', 'key record');
    await this.#checkNamed(room, from.account);
    const archived = await this.#archive(
      room,
      chain,
      author,
      withRecord(room.facts, scope, from.account, record),
    );
    const kept = room.chains.accept(chain);
    const known = room.facts;
    const facts = withRecord(known, scope, from.account, record);
    const writes = facts === known ? [] : [factsWrite(conversation, facts)];
    const proof = kept.writes.length === 0 ? [] : [proofWrite(chain, record.signature)];
    return {
      writes: [...kept.writes, ...proof, ...writes, ...archived.flatMap((one) => one.writes)],
      done: () => {
        kept.done();
        for (const one of archived) one.done();
        if (room.facts === known) room.facts = facts;
        this.#context.guard(async () => {
          // They changed while this was written; what the record brought is put to what they are now.
          await room.changeFacts((now) => withRecord(now, scope, from.account, record));
          await room.alone(() => room.learn(record.stateKey, record.state));
          await room.keysArrived();
        });
      },
    };
  }

  /**
   * A chain is its author's only by an account key that the conversation names. Once it names another it comes again: it is asked for.
   * @throws ConversationError
   */
  async #checkNamed({ meaning }: Room, account: AccountId): Promise<void> {
    const { people, self } = this.#context;
    const member = meaning?.members.find((one) => one.account === account);
    if (account === self.account || !member) return;
    await people.known(account);
    if (!isNamed(this.#context, member))
      throw new ConversationError('conversation/members', 'account key of a member');
  }

  /** Proof of whose a chain is. Its session says so too; only the signature lets the archive prove it later. */
  async #authorOf(chain: ReceivedChain, signature: Uint8Array): Promise<Authorship> {
    const person = await this.#context.people.known(chain.account);
    const { owedBounds, self } = this.#context;
    const isLeaving =
      chain.account === self.account && owedBounds.of(chain.conversation).includes(chain.device);
    const author =
      person &&
      (isLeaving ? knownDevice(person.list, chain.device) : listedDevice(person.list, chain.device));
    if (!author) throw new ConversationError('conversation/unknown-device', 'author of a chain');
    await verifyChain(chain, chain.distribution.signingKey, signature, author.key);
    return { key: author.key, signature };
  }

  async #archive(
    room: Room,
    chain: ReceivedChain,
    author: Authorship,
    facts: RoomFacts,
  ): Promise<Archiving[]> {
    const { archive } = this.#context;
    const chains = room.chains.holds(chain) ? [] : [await archive.chain(chain, author)];
    return [...chains, await archiveFacts(archive, room.id, room.facts, facts)];
  }

  stop(): void {
    // What could not be loaded has nothing to stop; whoever asked for it hears why.
    const nothing = () => {};
    for (const open of this.#open.values()) void open.then(({ sender }) => sender.stop(), nothing);
  }

  #load(id: ConversationId, scope: Scope): Promise<OpenRoom> {
    let open = this.#open.get(id);
    if (!open) {
      open = Room.load(this.#context, this.#events, id, scope).then((room) => {
        room.counter = this.#counters.get(id) ?? 0;
        this.#loaded.set(id, room);
        return { room, sender: new RoomSender(this.#context, this.#sharing, room) };
      });
      this.#open.set(id, open);
      open.catch(() => this.#open.delete(id));
    }
    return open;
  }

  #subscribe(id: ConversationId): void {
    this.#context.subscribe(id);
  }

  /**
   * Between whom: the sender and this account; from an own device, whoever the creation names beside us. A group is
   * known by a creation that its id is derived from.
   */
  #scopeOf(sender: AccountId, record: KeyRecord): Scope {
    const { self } = this.#context;
    const known = this.#scopes.get(record.conversation);
    if (known?.kind === 'group') return known;
    const creations = record.state.flatMap(creationIn);
    const named = creations.flatMap(({ body }) => body.members.map(({ account }) => account));
    const candidates = sender === self.account ? [known?.peer, ...named] : [sender];
    const peer = candidates.find(
      (account) => account !== undefined && isDirect(self.account, account, record),
    );
    if (peer) return { kind: 'direct', peer };
    const isGroup = creations.some(
      ({ account, body }) =>
        body.kind === 'group' && groupConversationId(account, body.nonce) === record.conversation,
    );
    if (isGroup) return { kind: 'group' };
    throw new ConversationError('conversation/members', 'key record of another conversation');
  }
}

/**
 * Whether too much is kept of people who are not known to belong: they may have been let in a moment ago, or have come to fill
 * this device.
 */
function isCrowded({ meaning, chains }: Room, account: AccountId): boolean {
  const belongs = (one: AccountId) =>
    !meaning || meaning.members.some((member) => member.account === one) || meaning.departures.has(one);
  if (belongs(account)) return false;
  return chains.all().filter((chain) => !belongs(chain.account)).length >= STRANGERS;
}

function scopeOf({ kind, peer }: Summary): Scope {
  return kind === 'direct' && peer ? { kind, peer: peer.account } : { kind: 'group' };
}

function isDirect(self: AccountId, peer: AccountId, record: KeyRecord): boolean {
  return self !== peer && directConversationId(self, peer) === record.conversation;
}

function creationIn(signed: Uint8Array): CreateEvent[] {
  try {
    const { event } = readStateEvent(signed);
    return event.type === 'create' ? [event] : [];
  } catch (error) {
    if (!isConversationError(error)) throw error;
    return [];
  }
}
