import type {
  AccountId,
  DeviceId,
  DocumentName,
  Lease,
  LogName,
  Notice,
  ProtocolError,
  SessionId,
} from '@sotto/protocol';
import type { Identity } from '../access/identity.js';
import type { Outgoing } from '../transport/outgoing.js';
import type { Delivery } from './delivery.js';

/** Somebody connected, whichever way: a device on its multiplexed socket or a stock provider. */
export interface Peer {
  readonly identity: Identity;
  /** Yjs client ids that it writes with: what they wrote is not sent back to it. */
  readonly clients: ReadonlySet<number>;
  /** The one document that it wants of its log, or undefined for every segment. */
  readonly document: DocumentName | undefined;
  /** Which life of its device it is; a stock provider has none. */
  readonly lease: Lease | undefined;
  /** Nothing that it asked for is begun any more. */
  readonly closed: boolean;
  deliver(delivery: Delivery): void;
  notice(notice: Notice): void;
  /** Another's awareness of a log, as an encoded frame. */
  awareness(log: LogName, frame: Outgoing): void;
  /** Its access to these logs is over; their subscriptions are ended already. */
  revoked(logs: readonly LogName[]): void;
  /** These logs are no more, for anybody; their subscriptions are ended already. */
  erased(logs: readonly LogName[]): void;
  /** Says why and closes. */
  fail(error: ProtocolError): void;
  /** Resolves when what it asked for before it was closed is done or refused. */
  idle(): Promise<void>;
  /** Closes it for newer sockets of the same device or account; it may come back (SPEC W12, 1013). */
  giveWay(): void;
}

export interface SocketBounds {
  /** Multiplexed sockets. */
  readonly socketsPerDevice: number;
  /** Of any kind. */
  readonly socketsPerAccount: number;
}

/** Everybody connected to this server, by account and by session. */
export class Peers {
  readonly #byAccount = new Map<AccountId, Set<Peer>>();
  readonly #bySession = new Map<SessionId, Set<Peer>>();
  readonly #byDevice = new Map<DeviceId, Set<Peer>>();

  add(peer: Peer): void {
    put(this.#byAccount, peer.identity.account, peer);
    put(this.#bySession, peer.identity.session, peer);
    put(this.#byDevice, peer.identity.device, peer);
  }

  remove(peer: Peer): void {
    drop(this.#byAccount, peer.identity.account, peer);
    drop(this.#bySession, peer.identity.session, peer);
    drop(this.#byDevice, peer.identity.device, peer);
  }

  /**
   * Makes room for one that is let in: its device's and its account's oldest sockets give way. The oldest, since a socket
   * that broke unnoticed must not keep its device out.
   */
  makeRoomFor(peer: Peer, { socketsPerDevice, socketsPerAccount }: SocketBounds): void {
    const { account, device } = peer.identity;
    // In the order they came.
    const isSibling = (other: Peer) => other.document === undefined && other.identity.device === device;
    if (peer.document === undefined)
      giveWay(this.ofAccount(account).filter(isSibling), peer, socketsPerDevice);
    giveWay(this.ofAccount(account), peer, socketsPerAccount);
  }

  ofAccount(account: AccountId): readonly Peer[] {
    return [...(this.#byAccount.get(account) ?? [])];
  }

  /** Sockets of lives of a device that a lease has ended. */
  overtaken(device: DeviceId, number: number): readonly Peer[] {
    return [...(this.#byDevice.get(device) ?? [])].filter(({ lease }) => lease && lease.number < number);
  }

  ofSession(session: SessionId): readonly Peer[] {
    return [...(this.#bySession.get(session) ?? [])];
  }
}

function giveWay(peers: readonly Peer[], newest: Peer, most: number): void {
  const others = peers.filter((peer) => peer !== newest);
  for (const oldest of others.slice(0, Math.max(0, others.length + 1 - most))) oldest.giveWay();
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
