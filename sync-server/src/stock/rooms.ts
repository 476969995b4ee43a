import type { DocumentName } from '@sotto/protocol';
import { Outgoing } from '../transport/outgoing.js';
import type { AwarenessEntry } from './awareness-update.js';
import { encodeAwareness } from './awareness-update.js';
import { encodeStockAwareness } from './messages.js';

/** A stock provider as its room sees it. */
export interface Guest {
  /** Its Yjs client id, under which its provider announces its awareness. */
  readonly client: number;
  write(message: Outgoing): void;
}

const GONE = 'null';

/** Awareness among the stock providers of one document; forgotten with the last of them. */
export class Room {
  readonly #guests = new Set<Guest>();
  readonly #heard = new Map<Guest, AwarenessEntry>();

  get isEmpty(): boolean {
    return this.#guests.size === 0;
  }

  /** Brings a guest in and tells it who is there. */
  enter(guest: Guest): void {
    this.#guests.add(guest);
    this.tell(guest);
  }

  /** Tells a guest what everybody's awareness is now. */
  tell(guest: Guest): void {
    const entries = [...this.#heard.values()];
    if (entries.length > 0) guest.write(message(entries));
  }

  /** Passes on what a guest says of itself; what it says of others is not its to say. */
  hear(guest: Guest, entries: readonly AwarenessEntry[]): void {
    const own = entries.find(({ id }) => id === guest.client);
    if (!own) return;
    if (own.state === GONE) this.#heard.delete(guest);
    else this.#heard.set(guest, own);
    this.#send(own, guest);
  }

  leave(guest: Guest): void {
    this.#guests.delete(guest);
    const last = this.#heard.get(guest);
    this.#heard.delete(guest);
    // A provider that came back before its old socket closed is still there.
    const isBack = [...this.#guests].some(({ client }) => client === guest.client);
    if (last && !isBack) this.#send({ ...last, state: GONE }, guest);
  }

  #send(entry: AwarenessEntry, except: Guest): void {
    const encoded = message([entry]);
    for (const guest of this.#guests) if (guest !== except) guest.write(encoded);
  }
}

function message(entries: readonly AwarenessEntry[]): Outgoing {
  return new Outgoing(encodeStockAwareness(encodeAwareness(entries)));
}

/** The rooms of all documents that stock providers have open here. */
export class Rooms {
  readonly #rooms = new Map<DocumentName, Room>();

  enter(document: DocumentName, guest: Guest): void {
    const room = this.#rooms.get(document) ?? new Room();
    this.#rooms.set(document, room);
    room.enter(guest);
  }

  of(document: DocumentName): Room | undefined {
    return this.#rooms.get(document);
  }

  leave(document: DocumentName, guest: Guest): void {
    const room = this.#rooms.get(document);
    room?.leave(guest);
    if (room?.isEmpty) this.#rooms.delete(document);
  }
}
