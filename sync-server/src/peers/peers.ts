import type { AccountId, DocumentName, LogName, Notice, ProtocolError, SessionId } from '@sotto/protocol';
import type { Identity } from '../access/identity.js';
import type { Delivery } from './delivery.js';

/** Somebody connected, whichever way: a device on its multiplexed socket or a stock provider. */
export interface Peer {
  readonly identity: Identity;
  /** Yjs client ids that it writes with: what they wrote is not sent back to it. */
  readonly clients: ReadonlySet<number>;
  /** The one document that it wants of its log, or undefined for every segment. */
  readonly document: DocumentName | undefined;
  deliver(delivery: Delivery): void;
  notice(notice: Notice): void;
  /** Another's awareness of a log, as an encoded frame. */
  awareness(log: LogName, frame: Uint8Array): void;
  /** Its access to these logs is over; their subscriptions are ended already. */
  revoked(logs: readonly LogName[]): void;
  /** Says why and closes. */
  fail(error: ProtocolError): void;
}

/** Everybody connected to this server, by account and by session. */
export class Peers {
  readonly #byAccount = new Map<AccountId, Set<Peer>>();
  readonly #bySession = new Map<SessionId, Set<Peer>>();

  add(peer: Peer): void {
    put(this.#byAccount, peer.identity.account, peer);
    put(this.#bySession, peer.identity.session, peer);
  }

  remove(peer: Peer): void {
    drop(this.#byAccount, peer.identity.account, peer);
    drop(this.#bySession, peer.identity.session, peer);
  }

  ofAccount(account: AccountId): readonly Peer[] {
    return [...(this.#byAccount.get(account) ?? [])];
  }

  ofSession(session: SessionId): readonly Peer[] {
    return [...(this.#bySession.get(session) ?? [])];
  }
}

function put<K>(sets: Map<K, Set<Peer>>, key: K, peer: Peer): void {
  const set = sets.get(key);
  if (set) set.add(peer);
  else sets.set(key, new Set([peer]));
}

function drop<K>(sets: Map<K, Set<Peer>>, key: K, peer: Peer): void {
  const set = sets.get(key);
  set?.delete(peer);
  if (set?.size === 0) sets.delete(key);
}
