import type { AccountId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { isAccountError } from '../../account/errors.js';
import { equalBytes } from '../../conversation/hash.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import type { Following } from './following.js';
import type { Rooms } from './rooms.js';

/** What watching contacts needs of the device. */
export interface ContactsWatched {
  readonly context: DeviceContext;
  readonly rooms: Rooms;
  readonly following: Following;
  /** Something to be seen of a room changed. */
  roomChanged(room: Room): void;
  /** Runs what nobody waits for. */
  guard(work: () => Promise<void>): void;
}

/** Follows who is known under which account key, and lets conversations go on when somebody's was accepted. */
export class ContactWatch {
  readonly #watched: ContactsWatched;
  /** Whose lists were asked for during this connection, for what they signed. */
  readonly #learnt = new Set<AccountId>();

  constructor(watched: ContactsWatched) {
    this.#watched = watched;
  }

  /** Something about somebody is known that was not: their rooms show it, and what they hold back may go on. */
  changed(account: AccountId): void {
    const { rooms, guard, roomChanged, context } = this.#watched;
    guard(async () => {
      for (const { room } of await rooms.loaded()) if (rooms.concerns(room.id, account)) roomChanged(room);
      for (const id of context.outbox.conversations()) {
        if (!rooms.concerns(id, account)) continue;
        const open = await rooms.get(id);
        open?.sender.kick();
      }
    });
  }

  /** Goes by the account key that is offered of somebody, if it is this one, and on with what waited. */
  async accept(account: AccountId, identity: Uint8Array): Promise<void> {
    await this.#watched.context.people.trustOffered(account, identity);
    this.goOn(account);
  }

  /** Somebody's account key was accepted: who speaks for them is read anew, they are let in, and what waited goes on. */
  goOn(account: AccountId): void {
    const { context, rooms, following, guard } = this.#watched;
    this.changed(account);
    if (context.connection.state !== 'online') return;
    guard(async () => {
      await following.membersChanged(account);
      for (const id of rooms.known()) if (rooms.concerns(id, account)) (await rooms.get(id))?.sender.admit();
    });
    // What their new devices wrote to this one was left unread until now.
    following.readInboxAgain();
  }

  /** Goes by what other devices of this account decided, now that the account log tells of it. */
  async agree(): Promise<void> {
    const { context } = this.#watched;
    const { people, accountLog } = context;
    for (const { account, identity, accepted } of accountLog.allTrusted()) {
      const person = await people.known(account);
      if (!person || equalBytes(person.identity, identity)) continue;
      // What another device merely saw first is a reason to look, not to believe.
      if (!accepted) {
        this.changed(account);
        continue;
      }
      const offers = (await this.#newest(account))?.offered;
      if (offers && equalBytes(offers.list.identity, identity)) await this.accept(account, identity);
      this.changed(account);
    }
  }

  /**
   * Looks up who signed state events that can't be verified yet: people who are new here, and devices that were on earlier
   * lists only.
   */
  async learnAuthors(room: Room): Promise<void> {
    const { context, roomChanged } = this.#watched;
    const { connection } = context;
    const { strangers: unknown, undecided } = room.state;
    const strangers = [...unknown, ...undecided].filter((account) => !this.#learnt.has(account));
    if (strangers.length === 0 || connection.state !== 'online') return;
    for (const account of strangers) {
      this.#learnt.add(account);
      await this.#learn(account);
    }
    await room.refold();
    roomChanged(room);
    const open = await this.#watched.rooms.get(room.id);
    open?.sender.kick();
  }

  /** Looks up who is in a room: people are to be warned before they write there, not when they send. */
  lookAt(room: Room): void {
    const { context, guard } = this.#watched;
    if (context.connection.state !== 'online') return;
    guard(async () => {
      const settled = await Promise.allSettled(room.others.map((account) => context.people.fresh(account)));
      for (const result of settled) {
        // A list that does not verify is remembered beside its owner.
        if (result.status === 'rejected' && !isAccountError(result.reason)) throw result.reason;
      }
    });
  }

  /** The same for every room that is open already: another connection may have missed what changed. */
  async lookAtAll(): Promise<void> {
    for (const { room } of await this.#watched.rooms.loaded()) this.lookAt(room);
  }

  /** A connection begins: what could not be learnt may be now, and what was decided elsewhere be followed. */
  online(): void {
    this.#learnt.clear();
    this.#watched.guard(() => this.agree());
  }

  async #learn(account: AccountId): Promise<void> {
    const { people } = this.#watched.context;
    try {
      await people.fresh(account);
      await people.learnPast(account);
    } catch (error) {
      // What they signed stays without effect here: nothing speaks for it.
      if (isAccountError(error)) return;
      if (error instanceof ProtocolError && error.code === 'auth/not-found') return;
      this.#learnt.delete(account);
      throw error;
    }
  }

  /** As the server says now, where it can be asked. */
  async #newest(account: AccountId) {
    const { people, connection } = this.#watched.context;
    const known = await people.known(account);
    if (known?.offered || connection.state !== 'online') return known;
    people.outdated(account);
    return people.fresh(account);
  }
}
