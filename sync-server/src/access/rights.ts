import type { ConversationId, Log } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { AccessLists } from '@sotto/store';
import {
  banKey,
  conversationPrefix,
  type ErasedIds,
  erasedKey,
  isMember,
  leasePrefix,
  sessionEndedKey,
} from '@sotto/store';
import type { Identity } from './identity.js';

/** State counter of a log that has none. */
export const NO_COUNTER = 0;

/** Who may do what with a log (SPEC A). Asked of the access lists each time; nothing is remembered here. */
export class Rights {
  readonly #lists: AccessLists;
  readonly #erased: ErasedIds | undefined;

  /** @param erased needed by who appends */
  constructor(lists: AccessLists, erased?: ErasedIds) {
    this.#lists = lists;
    this.#erased = erased;
  }

  /**
   * May it read? (A2, A5, A6)
   * @param counter that the device goes by
   * @returns the conversation's state counter, {@link NO_COUNTER} for logs without one
   * @throws ProtocolError `sync/not-a-member`
   */
  async read(identity: Identity, log: Log, counter = 0): Promise<number> {
    switch (log.kind) {
      case 'm':
      case 'r':
      case 's':
        return this.#counter(identity, log.owner, counter);
      case 'a':
      case 'k':
        if (log.owner !== identity.account) throw new ProtocolError('sync/not-a-member');
        return NO_COUNTER;
      case 'i':
        if (log.owner !== identity.device) throw new ProtocolError('sync/not-a-member');
        return NO_COUNTER;
    }
  }

  /**
   * May it append, other than by advancing? (A3 to A6)
   * @param sealedUnder the state counter that it goes by
   * @returns the counter that stands
   * @throws ProtocolError `sync/not-a-member`, `sync/read-only`, `sync/erased` (its owner is gone)
   */
  async append(identity: Identity, log: Log, sealedUnder = 0): Promise<number> {
    if (log.kind === 'i') {
      if (await this.#erased?.has(log.owner)) throw new ProtocolError('sync/erased', { detail: 'device' });
      return NO_COUNTER;
    }
    const counter = await this.read(identity, log, sealedUnder);
    if (log.kind === 's') throw new ProtocolError('sync/read-only');
    return counter;
  }

  /** What {@link append} would answer, where memory alone tells that it may; undefined says nothing: ask. */
  known({ account }: Identity, log: Log, sealedUnder: number): number | undefined {
    switch (log.kind) {
      case 'm':
      case 'r': {
        const list = this.#lists.peekSettled(log.owner);
        return list && list.counter >= sealedUnder && isMember(list, account) ? list.counter : undefined;
      }
      case 'i':
        return this.#erased?.peek(log.owner) === false ? NO_COUNTER : undefined;
      case 'a':
      case 'k':
        return log.owner === account ? NO_COUNTER : undefined;
      case 's':
        return undefined;
    }
  }

  /**
   * Whether what {@link append} answered still holds, by what this server knows at this moment: to be asked in the moment of
   * writing, so that nothing is written after a removal was answered.
   */
  stands({ account }: Identity, log: Log, counter: number): boolean {
    if (log.kind === 'i') return this.#erased?.peek(log.owner) !== true;
    if (log.kind !== 'm' && log.kind !== 'r') return true;
    const list = this.#lists.peek(log.owner);
    return list !== undefined && list.counter === counter && isMember(list, account);
  }

  /** Prefixes of the claims that {@link stands}, the writer's session and its lease go by. */
  dependsOn({ account, session, device }: Identity, log: Log): readonly string[] {
    const own = [sessionEndedKey(session), leasePrefix(device), banKey(account)];
    if (log.kind === 'i') return [erasedKey(log.owner), ...own];
    return log.kind === 'm' || log.kind === 'r' ? [conversationPrefix(log.owner), ...own] : own;
  }

  /** Nobody is turned away by a list that may have been replaced at another server a moment ago. */
  async #counter({ account }: Identity, conversation: ConversationId, known: number): Promise<number> {
    let list = await this.#lists.current(conversation);
    if (list && (list.counter < known || !isMember(list, account)))
      list = await this.#lists.reread(conversation);
    if (!list || list.erased) throw await this.#gone(conversation);
    if (!isMember(list, account)) throw new ProtocolError('sync/not-a-member');
    return list.counter;
  }

  /** Who knows a group's id was in it. That of a direct conversation says which two it was between: strangers learn nothing. */
  async #gone(conversation: ConversationId): Promise<ProtocolError> {
    const kind = await this.#lists.erasedKind(conversation);
    return new ProtocolError(kind === 'group' ? 'sync/erased' : 'sync/not-a-member');
  }
}
