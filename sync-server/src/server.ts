import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS } from '@sotto/protocol';
import type { Logger } from '@sotto/service';
import type { AccessLists, ActivityStore, ClaimStore, LogStore } from '@sotto/store';
import { Bans, ErasedIds } from '@sotto/store';
import { WebSocketServer } from 'ws';
import { Budget } from './access/budget.js';
import { Grants } from './access/grants.js';
import { Leases } from './access/leases.js';
import { Pace } from './access/pace.js';
import { Rights } from './access/rights.js';
import type { TokenKey } from './access/tokens.js';
import { Tokens } from './access/tokens.js';
import { followActivity } from './activity/follow-activity.js';
import { Admission } from './admission/admission.js';
import type { AwarenessRelay } from './awareness/relay.js';
import { NO_RELAY } from './awareness/relay.js';
import type { ServerLimits } from './limits.js';
import { SERVER_LIMITS } from './limits.js';
import { Advancing } from './log/advancing.js';
import { Appending } from './log/appending.js';
import { Segments } from './log/segments.js';
import type { Meters } from './metrics/meters.js';
import { NO_METERS } from './metrics/meters.js';
import { Connection } from './multiplexed/connection.js';
import type { Parts } from './parts.js';
import { followAwareness } from './peers/awareness.js';
import { broadcastTail } from './peers/broadcasting.js';
import { Overtaking } from './peers/overtaking.js';
import { Peers } from './peers/peers.js';
import { followRevocations } from './peers/revoking.js';
import { Subscriptions } from './peers/subscriptions.js';
import { Waiting } from './peers/waiting.js';
import { Rooms } from './stock/rooms.js';
import { StockConnection } from './stock/stock-connection.js';
import { joinStock } from './stock/upgrade.js';
import { Slots } from './transport/slots.js';
import { refuseUpgrade, requestedDocument } from './upgrade.js';

export interface SyncServerOptions {
  readonly log: LogStore;
  readonly claims: ClaimStore;
  readonly access: AccessLists;
  /** Of the same stores; without it no cursors are given, and devices compare everything whenever they come. */
  readonly activity?: ActivityStore;
  readonly logger: Logger;
  /** Public key of the auth server's tokens (EdDSA). */
  readonly tokenKey: TokenKey;
  /** At least 32 secret bytes, the same on every sync server. */
  readonly grantKey: Uint8Array;
  /** Milliseconds since 1970; by the same clock it is then told how long something lasts, too. */
  readonly now?: () => number;
  readonly limits?: Partial<ServerLimits>;
  /** Is told what happens, for operators. */
  readonly meters?: Meters;
  /** Carries awareness to and from other servers. */
  readonly relay?: AwarenessRelay;
}

/** Yjs sync over WebSocket, without state of its own: what is durable is in the stores, which the caller opens and closes. */
export interface SyncServer {
  /** Takes an HTTP server's `upgrade` event. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /**
   * Takes no new sockets, finishes what was taken, closes every socket (SPEC S12).
   * @param returnMs about when devices should come back; each is told a time between half of it and one and a half
   */
  drain(returnMs: number): Promise<void>;
  /** Cuts what is still open and stops. The stores can be closed when it resolves. */
  close(): Promise<void>;
  /** Open sockets. */
  readonly connections: number;
  /** What waits to be read by them, bytes. */
  readonly backlog: number;
  /** What they asked for and is not done, bytes. */
  readonly pending: number;
}

type Socket = Connection | StockConnection;

function putTogether(options: SyncServerOptions, erased: ErasedIds): Parts {
  const {
    log,
    claims,
    access,
    logger,
    tokenKey,
    grantKey,
    now = Date.now,
    meters = NO_METERS,
    relay = NO_RELAY,
  } = options;
  const limits = { ...SERVER_LIMITS, ...options.limits };
  const rights = new Rights(access, erased);
  const segments = new Segments(log);
  // A clock that is set back must not make anybody wait until it is there again.
  const elapsed = options.now ?? (() => performance.now());
  const pace = new Pace(limits, elapsed);
  const peers = new Peers();
  return {
    log,
    claims,
    access,
    bans: new Bans(claims),
    logger,
    meters,
    now,
    elapsed,
    limits,
    rights,
    tokens: new Tokens(tokenKey, now),
    grants: new Grants(grantKey),
    leases: new Leases(claims),
    appending: new Appending(log, rights, segments, pace),
    advancing: new Advancing(access, segments, claims),
    subscriptions: new Subscriptions(),
    peers,
    overtaking: new Overtaking(peers),
    pace,
    budget: new Budget(limits),
    relay,
    activity: options.activity && followActivity(options.activity, { log, logger, now, bounds: limits }),
    admission: new Admission(limits, elapsed),
    reads: new Slots(limits.readsAtOnce),
  };
}

/**
 * @throws RangeError when the grant key is too short
 * @example
 * const sync = createSyncServer({ log, claims, access, logger, tokenKey, grantKey });
 * http.on('upgrade', sync.handleUpgrade);
 */
export function createSyncServer(options: SyncServerOptions): SyncServer {
  const erased = new ErasedIds(options.claims);
  const parts = putTogether(options, erased);
  const rooms = new Rooms();
  const sockets = new Set<Socket>();
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: LIMITS.messageBytes,
    perMessageDeflate: false,
    // A stock provider's one subprotocol is its token; it must be echoed. Devices offer none.
    handleProtocols: ([protocol]) => protocol ?? false,
  });
  const stops = [
    () => parts.activity?.close(),
    broadcastTail(parts.log, parts.subscriptions, parts.limits.answerBytes, catchUp),
    followRevocations(parts, catchUp),
    followAwareness(parts.relay, parts.subscriptions),
    () => erased.close(),
  ];
  const sweeping = setInterval(() => {
    for (const socket of sockets) socket.sweep();
  }, parts.limits.sweepMs);
  const waiting = new Waiting(parts.limits.socketsBeforeHello);
  let refusing = false;
  let catchingUp = false;

  function keep(socket: import('ws').WebSocket, open: () => Socket): void {
    const connection = open();
    sockets.add(connection);
    const openedAt = parts.elapsed();
    socket.once('close', (code) => {
      sockets.delete(connection);
      parts.meters.closed(connection.kind, code, (parts.elapsed() - openedAt) / 1_000);
    });
  }

  /** Finishes what was taken from every socket and closes it, each with another time to come back. */
  async function sendAway(returnMs: number): Promise<void> {
    const sent = [...sockets].map((socket) => socket.drain(Math.round(returnMs * (0.5 + Math.random()))));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, parts.limits.drainMs);
    });
    await Promise.race([Promise.all(sent), late]);
    clearTimeout(timer);
  }

  /** Nobody told this server of something: devices come back, and read what they missed. */
  function catchUp(): void {
    if (catchingUp) return;
    catchingUp = true;
    void sendAway(parts.limits.catchUpReturnMs).finally(() => {
      catchingUp = false;
    });
  }

  return {
    handleUpgrade(request, socket, head) {
      if (refusing) return refuseUpgrade(socket, 503);
      const wanted = requestedDocument(request);
      if (wanted === 'none') return refuseUpgrade(socket, 404);
      if (wanted === 'all')
        return webSockets.handleUpgrade(request, socket, head, (ws) =>
          keep(ws, () => waiting.add(new Connection({ ws, stream: socket }, parts))),
        );
      joinStock({ webSockets, parts, request, socket, head }, wanted, (ws, token) => {
        keep(ws, () => new StockConnection({ ws, stream: socket }, token, parts, rooms));
      });
    },

    async drain(returnMs) {
      refusing = true;
      await sendAway(returnMs);
    },

    async close() {
      refusing = true;
      clearInterval(sweeping);
      for (const stop of stops) stop();
      parts.bans.close();
      await Promise.all([...sockets].map((socket) => socket.terminate()));
      webSockets.close();
    },

    get connections() {
      return sockets.size;
    },

    get pending() {
      return parts.budget.bytes;
    },

    get backlog() {
      let bytes = 0;
      for (const socket of sockets) bytes += socket.backlog;
      return bytes;
    },
  };
}
