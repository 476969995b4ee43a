import type { ConversationId, LogName } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import type { Peer } from './peers.js';

/** A subscriber's place at a log. Nothing is delivered before it is open. */
export interface Subscription {
  readonly log: LogName;
  open: boolean;
  /** Taken away before it was open, by a removal: whoever waits for it is to be told that it has no access. */
  lost: boolean;
}

/** Who wants what becomes durable in which log. */
export class Subscriptions {
  readonly #byLog = new Map<LogName, Map<Peer, Subscription>>();
  readonly #byPeer = new Map<Peer, Map<LogName, Subscription>>();

  /**
   * Takes a place at a log, closed: whoever is removed while access is still being looked up loses it again, so that no
   * removal falls between the look and the subscription.
   */
  begin(peer: Peer, log: LogName): Subscription {
    const held = this.#byPeer.get(peer)?.get(log);
    if (held) return held;
    const subscription = { log, open: false, lost: false };
    entry(this.#byLog, log).set(peer, subscription);
    entry(this.#byPeer, peer).set(log, subscription);
    return subscription;
  }

  /** Whether this very place is still held. */
  stands(peer: Peer, subscription: Subscription): boolean {
    return this.#byPeer.get(peer)?.get(subscription.log) === subscription;
  }

  isOpen(peer: Peer, log: LogName): boolean {
    return this.#byPeer.get(peer)?.get(log)?.open === true;
  }

  count(peer: Peer): number {
    return this.#byPeer.get(peer)?.size ?? 0;
  }

  /** Gives the place up. @returns whether there was one */
  end(peer: Peer, log: LogName): boolean {
    const held = this.#byPeer.get(peer)?.delete(log) ?? false;
    const others = this.#byLog.get(log);
    others?.delete(peer);
    if (others?.size === 0) this.#byLog.delete(log);
    return held;
  }

  /** Takes the place away from who has no access any more. @returns whether there was one */
  revoke(peer: Peer, log: LogName): boolean {
    const held = this.#byPeer.get(peer)?.get(log);
    if (held && !held.open) held.lost = true;
    return this.end(peer, log);
  }

  /** Gives up everything of a subscriber that is gone. */
  leave(peer: Peer): void {
    for (const log of [...(this.#byPeer.get(peer)?.keys() ?? [])]) this.end(peer, log);
    this.#byPeer.delete(peer);
  }

  /** Calls back with each open subscriber of a log. */
  each(log: LogName, tell: (peer: Peer) => void): void {
    this.#byLog.get(log)?.forEach(({ open }, peer) => {
      if (open) tell(peer);
    });
  }

  /** Open subscribers of a log. */
  *of(log: LogName): Iterable<Peer> {
    for (const [peer, { open }] of this.#byLog.get(log) ?? []) if (open) yield peer;
  }

  /** Open subscribers of any log of a conversation: members, as far as is known. */
  ofConversation(conversation: ConversationId): Set<Peer> {
    return new Set(conversationLogs(conversation).flatMap((log) => [...this.of(log)]));
  }

  /** Everybody with a place at a log of a conversation, also whose access is still being looked up: anybody at all. */
  atConversation(conversation: ConversationId): Set<Peer> {
    return new Set(
      conversationLogs(conversation).flatMap((log) => [...(this.#byLog.get(log)?.keys() ?? [])]),
    );
  }
}

/** The logs that belong to a conversation (SPEC D1). */
export function conversationLogs(conversation: ConversationId): LogName[] {
  return (['m', 'r', 's'] as const).map((kind) => logName(kind, conversation));
}

function entry<K, A, B>(maps: Map<K, Map<A, B>>, key: K): Map<A, B> {
  const held = maps.get(key);
  if (held) return held;
  const made = new Map<A, B>();
  maps.set(key, made);
  return made;
}
