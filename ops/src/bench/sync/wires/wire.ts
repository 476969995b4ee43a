import type { Place } from '../servers/place.js';

/** Bytes of every envelope: a short text, sealed. */
export const ENVELOPE_BYTES = 300;

/** One client in one room, on a socket of its own. */
export interface Member {
  /** Writes one envelope with this number in it. */
  send(number: number): void;
  /**
   * Asks for what the room holds, which is then heard as {@link Hearing.seen}: all of it, or the newest segment. Resolves when
   * it has been asked for. A server without segments sends everything to whoever joins.
   */
  read(what: 'newest' | 'all'): Promise<void>;
  close(): void;
}

/** What a member hears. */
export interface Hearing {
  /** Somebody else's envelope came. */
  seen?(number: number): void;
  /** The server says that this one's envelope is kept. Not every server says so. */
  acknowledged?(number: number): void;
}

/** How clients speak with one kind of server, as thin as can be, so that what is measured is the server. */
export interface Wire {
  /** Whether the server says when an envelope is durable; else what another member has seen counts as kept. */
  readonly acknowledges: boolean;
  /** Makes the rooms where the server keeps them before it starts, where rooms have to be made. */
  prepare(place: Place, rooms: number, members: number): Promise<void>;
  /** Opens the socket of one member of one room; resolves when it receives what the others write. */
  join(port: number, room: number, member: number, hearing: Hearing): Promise<Member>;
}
