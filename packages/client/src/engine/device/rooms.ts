import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { receiveChain } from '../../conversation/chain.js';
import { directConversationId } from '../../conversation/direct.js';
import { ConversationError, isConversationError } from '../../conversation/errors.js';
import type { KeyRecord } from '../../conversation/key-record.js';
import { readStateEvent } from '../../conversation/state-signature.js';
import type { DeviceContext } from '../context/device-context.js';
import { Room, type RoomEvents } from '../room/room.js';
import type { Change } from '../room/room-chains.js';
import { decodeFacts, FACTS_PREFIX, factsWrite, withRecord } from '../room/room-facts.js';
import type { KeySharing } from '../sending/key-sharing.js';
import { RoomSender } from '../sending/room-sender.js';

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
  /** The other person of every conversation this device knows. */
  readonly #peers = new Map<ConversationId, AccountId>();
  /** State counters as the server told, of rooms that are not loaded too. */
  readonly #counters = new Map<ConversationId, number>();

  private constructor(context: DeviceContext, sharing: KeySharing, events: RoomEvents) {
    this.#context = context;
    this.#sharing = sharing;
    this.#events = events;
  }

  static async open(context: DeviceContext, sharing: KeySharing, events: RoomEvents): Promise<Rooms> {
    const rooms = new Rooms(context, sharing, events);
    for (const [id, { peer }] of context.summaries.all()) rooms.#peers.set(id, peer.account);
    for (const [key, value] of await context.keys.list(FACTS_PREFIX))
      rooms.#peers.set(key.slice(FACTS_PREFIX.length) as ConversationId, decodeFacts(value).peer);
    return rooms;
  }

  known(): ConversationId[] {
    return [...this.#peers.keys()];
  }

  peer(id: ConversationId): AccountId | undefined {
    return this.#peers.get(id);
  }

  /** Undefined for a conversation that no key record or local beginning has told of yet. */
  async get(id: ConversationId): Promise<OpenRoom | undefined> {
    const peer = this.#peers.get(id);
    return peer === undefined ? undefined : this.#load(id, peer);
  }

  /** The room of the direct conversation with somebody, whether it exists yet or not. */
  async direct(peer: AccountId): Promise<OpenRoom> {
    const id = directConversationId(this.#context.self.account, peer);
    this.#peers.set(id, peer);
    return this.#load(id, peer);
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
    const room = this.#loaded.get(id);
    if (!room) return;
    room.counter = Math.max(room.counter, counter);
    room.member = member;
  }

  /**
   * Takes in a key record that came over its device's session.
   * @throws ConversationError when it is not for a conversation of this account with that person
   */
  async accept(
    from: { readonly account: AccountId; readonly device: DeviceId },
    record: KeyRecord,
  ): Promise<Change> {
    const peer = this.#peerOf(from.account, record);
    const { conversation, epoch, generation } = record;
    const chain = receiveChain({ conversation, epoch, generation, ...from }, record.distribution);
    const before = this.#peers.get(conversation);
    this.#peers.set(conversation, peer);
    const { room } = await this.#load(conversation, peer);
    if (before === undefined && !room.facts) this.#subscribe(conversation);
    const kept = room.chains.accept(chain);
    const known = room.facts;
    const facts = withRecord(known, peer, record);
    const writes = facts === known ? [] : [factsWrite(conversation, facts)];
    return {
      writes: [...kept.writes, ...writes],
      done: () => {
        kept.done();
        if (room.facts === known) room.facts = facts;
        this.#context.guard(async () => {
          // They changed while this was written; what the record brought is put to what they are now.
          await room.changeFacts((now) => withRecord(now, peer, record));
          await room.alone(() => room.state.add(record.state));
          await room.keysArrived();
        });
      },
    };
  }

  stop(): void {
    for (const open of this.#open.values()) void open.then(({ sender }) => sender.stop());
  }

  #load(id: ConversationId, peer: AccountId): Promise<OpenRoom> {
    let open = this.#open.get(id);
    if (!open) {
      open = Room.load(this.#context, this.#events, id, peer).then((room) => {
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

  /** Between whom: the sender and this account; from an own device, whoever the creation names beside us. */
  #peerOf(sender: AccountId, record: KeyRecord): AccountId {
    const { self } = this.#context;
    const candidates =
      sender === self.account ? [this.#peers.get(record.conversation), ...named(record)] : [sender];
    const peer = candidates.find(
      (account) => account !== undefined && isDirect(self.account, account, record),
    );
    if (!peer) throw new ConversationError('conversation/members', 'key record of another conversation');
    return peer;
  }
}

function isDirect(self: AccountId, peer: AccountId, record: KeyRecord): boolean {
  return self !== peer && directConversationId(self, peer) === record.conversation;
}

function named(record: KeyRecord): AccountId[] {
  return record.state.flatMap((signed) => {
    try {
      const { event } = readStateEvent(signed);
      return event.type === 'create' ? event.body.members.map(({ account }) => account) : [];
    } catch (error) {
      if (!isConversationError(error)) throw error;
      return [];
    }
  });
}
