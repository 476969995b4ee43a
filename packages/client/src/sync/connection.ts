import type {
  AccessChange,
  ClientGrant,
  ConversationHead,
  ConversationId,
  DocumentName,
  Lease,
  LogName,
  Notice,
  ServerFrame,
  StateVector,
} from '@sotto/protocol';
import { encodeStateVector, LIMITS, ProtocolError, WIRE_VERSION } from '@sotto/protocol';
import { backoffMs } from './backoff.js';
import type { Resumed } from './coming-back.js';
import { HoldOff } from './hold-off.js';
import type { SocketEvents, WebSocketFactory } from './socket.js';
import { SyncSocket } from './socket.js';

export type ConnectionState = 'offline' | 'connecting' | 'online';

/** What a connection needs from the device. */
export interface ConnectionOptions {
  readonly url: string;
  readonly openSocket: WebSocketFactory;
  /**
   * A valid access token.
   * @param renew the last one was refused: get another, whatever its date
   * @throws ProtocolError `auth/session-invalid` when there is no session any more
   */
  accessToken(renew: boolean): Promise<string>;
  /** Client ids to present. */
  grants(): readonly ClientGrant[];
  /** This life's lease, kept durably before it resolves; the same for every socket of it (SPEC G4). */
  lease(): Promise<Lease>;
  /** The cursor to come back with; empty to compare everything (SPEC C3). Nothing is sent for it when left out. */
  cursor?(): Uint8Array;
  /** Is told what is asked for: logs whose head, documents whose answer is to come. */
  readonly asking?: AskingFor;
  /** From 0 to below 1. */
  random(): number;
  readonly timings?: Partial<ConnectionTimings>;
}

/** What waits for what the server says next. */
export interface AskingFor {
  subscribing(logs: readonly LogName[]): void;
  asking(document: DocumentName): void;
}

/** Milliseconds. */
export interface ConnectionTimings {
  /** How long a silent handshake is waited for. */
  readonly hello: number;
  /** Between two access tokens on one socket. */
  readonly token: number;
  /** Between pings. */
  readonly heartbeat: number;
  /** How long a connection has to hold before the next return is as quick as the first. */
  readonly settled: number;
}

/** What a connection tells the device. Handlers must not throw. */
export interface ConnectionEvents {
  state(state: ConnectionState, error: ProtocolError | null): void;
  /** @param resumed what the server said to the cursor, where one was sent */
  welcome(conversations: readonly ConversationHead[], resumed?: Resumed): void;
  /** A cursor that was asked for; empty where the server has none to give. */
  cursor(cursor: Uint8Array): void;
  head(log: LogName, segment: number, count: number): void;
  /** Bytes of an update or an answer, unverified. */
  update(document: DocumentName, update: Uint8Array, answer: boolean): void;
  notice(notice: Notice): void;
  /** An error about a log or document rather than a request. */
  refused(error: ProtocolError, subject: string): void;
  /** There is no session any more. @param error why */
  sessionEnded(error: ProtocolError): void;
  /** Another life of this device is newer: this one never connects again (SPEC G4). */
  overtaken(): void;
}

/** A server whose clock is wrong may name any time (SPEC E). Milliseconds. */
const LONGEST_WAIT_MS = 300_000;

interface Pending {
  resolve(value: number): void;
  reject(error: ProtocolError): void;
}

const TIMINGS: ConnectionTimings = {
  hello: 15_000,
  token: 5 * 60_000,
  heartbeat: LIMITS.heartbeatMs,
  settled: 10_000,
};

/** How far the waits have grown at most when a connection breaks before it has settled: about two seconds. */
const UNSETTLED_ATTEMPT = 2;

/** Keeps one multiplexed socket alive: connects, says hello, returns with jitter, and answers requests. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #timings: ConnectionTimings;
  readonly #pending = new Map<number, Pending>();
  readonly #holdOff = new HoldOff();
  #waitingForGrant: { resolve(grant: ClientGrant): void; reject(error: ProtocolError): void }[] = [];
  #socket: SyncSocket | undefined;
  /** A token is being asked for, to open a socket with. */
  #opening = false;
  #state: ConnectionState = 'offline';
  #attempt = 0;
  #settled: ReturnType<typeof setTimeout> | undefined;
  #batch = 0;
  #returnMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tokenTimer: ReturnType<typeof setInterval> | undefined;
  #closed = false;
  #tokenRefused = false;
  #error: ProtocolError | null = null;
  /** A cursor was sent: what comes waits for what is said to it, from the welcome on. */
  #held: ServerFrame[] | undefined;
  #resuming = false;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#timings = { ...TIMINGS, ...options.timings };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connects now, whatever was planned. */
  connect(): void {
    if (this.#closed || this.#socket || this.#opening) return;
    clearTimeout(this.#timer);
    this.#opening = true;
    this.#set('connecting');
    void this.#open().finally(() => {
      this.#opening = false;
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  subscribe(logs: readonly LogName[]): void {
    if (logs.length === 0 || !this.#socket) return;
    this.#options.asking?.subscribing(logs);
    this.#socket.send({ type: 'subscribe', logs });
  }

  /** Asks for a cursor of now (SPEC C5). */
  askForCursor(): void {
    this.#socket?.send({ type: 'cursor' });
  }

  unsubscribe(logs: readonly LogName[]): void {
    if (logs.length > 0) this.#socket?.send({ type: 'unsubscribe', logs });
  }

  /** Asks for everything in `document` beyond `have`; it comes as updates. */
  askFor(document: DocumentName, have: StateVector): void {
    const message = { step: 'state-vector', payload: encodeStateVector(have) } as const;
    if (!this.#socket) return;
    this.#options.asking?.asking(document);
    this.#socket.send({ type: 'sync', document, message });
  }

  /**
   * Sends an update of own envelopes.
   * @returns the clock below which everything of its client is durable
   * @throws ProtocolError as refused, or `service/unavailable` when the connection ended first
   */
  append(document: DocumentName, counter: number, update: Uint8Array): Promise<number> {
    return this.#request(document, (batch) => ({ type: 'append', batch, counter, document, update }));
  }

  /**
   * Appends a state record, changes the access list and raises the counter.
   * @returns the new counter
   * @throws ProtocolError `sync/stale` when somebody else was first
   */
  advance(request: {
    conversation: ConversationId;
    counter: number;
    change: AccessChange;
    document: DocumentName;
    update: Uint8Array;
  }): Promise<number> {
    return this.#request(request.document, (batch) => ({ type: 'advance', batch, ...request }));
  }

  /** A fresh Yjs client id bound to this device. */
  grant(): Promise<ClientGrant> {
    return new Promise((resolve, reject) => {
      if (this.#state !== 'online') throw new ProtocolError('service/unavailable');
      this.#waitingForGrant.push({ resolve, reject });
      this.#socket?.send({ type: 'grant' });
    });
  }

  #request(
    document: DocumentName,
    frame: (batch: number) => Parameters<SyncSocket['send']>[0],
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#state !== 'online' || !this.#socket) throw new ProtocolError('service/unavailable');
      const held = this.#holdOff.of(document);
      if (held) throw held;
      this.#batch += 1;
      this.#pending.set(this.#batch, { resolve, reject });
      this.#socket.send(frame(this.#batch));
    });
  }

  async #open(): Promise<void> {
    let token: string;
    let lease: Lease;
    try {
      token = await this.#options.accessToken(this.#tokenRefused);
      lease = await this.#options.lease();
      this.#tokenRefused = false;
    } catch (error) {
      this.#failed(
        error instanceof ProtocolError ? error : new ProtocolError('service/unavailable', { cause: error }),
      );
      return;
    }
    if (this.#closed) return;
    const life: SocketEvents = {
      opened: () => {
        const cursor = this.#options.cursor?.() ?? new Uint8Array();
        this.#held = undefined;
        this.#resuming = cursor.length > 0;
        const grants = this.#options.grants();
        socket.send({ type: 'hello', version: WIRE_VERSION, token, grants, lease, cursor });
      },
      frame: (frame) => this.#received(frame),
      closed: () => this.#ended(),
    };
    const { openSocket, url } = this.#options;
    const socket = new SyncSocket(openSocket, url, life, this.#timings.heartbeat);
    this.#socket = socket;
    this.#timer = setTimeout(() => socket.close(4001), this.#timings.hello);
  }

  #failed(error: ProtocolError): void {
    this.#error = error;
    if (error.retry === 'sign-in') {
      this.#set('offline');
      this.#events.sessionEnded(error);
    } else this.#ended();
  }

  #ended(): void {
    this.#socket = undefined;
    clearTimeout(this.#timer);
    clearInterval(this.#tokenTimer);
    clearTimeout(this.#settled);
    const lost = new ProtocolError('service/unavailable');
    for (const { reject } of [...this.#pending.values(), ...this.#waitingForGrant]) reject(lost);
    this.#pending.clear();
    this.#waitingForGrant = [];
    this.#set('offline');
    if (this.#closed) return;
    const wait = backoffMs(this.#attempt, this.#options.random(), this.#returnMs);
    this.#attempt += 1;
    this.#returnMs = 0;
    this.#timer = setTimeout(() => this.connect(), wait);
  }

  #set(state: ConnectionState): void {
    if (state === this.#state) return;
    if (state === 'online') this.#error = null;
    this.#state = state;
    this.#events.state(state, this.#error);
  }

  /** What was said to the cursor belongs to the welcome: notices that go between are heard after both. */
  #received(frame: ServerFrame): void {
    if (this.#resuming && frame.type === 'welcome') this.#held = [frame];
    else if (this.#held && frame.type === 'resumed') {
      const held = this.#held;
      this.#held = undefined;
      this.#resuming = false;
      for (const one of held) this.#frame(one, frame);
    } else if (this.#held && frame.type !== 'error') this.#held.push(frame);
    else this.#frame(frame);
  }

  #frame(frame: ServerFrame, resumed?: Resumed): void {
    switch (frame.type) {
      case 'welcome':
        this.#welcomed();
        this.#events.welcome(frame.conversations, ...(resumed ? [resumed] : []));
        break;
      case 'cursor':
        this.#events.cursor(frame.cursor);
        break;
      case 'head':
        this.#events.head(frame.log, frame.segment, frame.count);
        break;
      case 'sync':
        if (frame.message.step !== 'state-vector')
          this.#events.update(frame.document, frame.message.payload, frame.message.step === 'answer');
        break;
      case 'ack':
        this.#settle(frame.batch, (pending) => pending.resolve(frame.next));
        break;
      case 'advanced':
        this.#settle(frame.batch, (pending) => pending.resolve(frame.counter));
        break;
      case 'granted':
        this.#waitingForGrant.shift()?.resolve(frame.grant);
        break;
      case 'error':
        this.#refused(frame);
        break;
      case 'notice':
        if (frame.notice.kind === 'drain') this.#returnMs = frame.notice.returnMs;
        this.#events.notice(frame.notice);
        break;
      case 'awareness':
      case 'pong':
      case 'resumed':
        break;
    }
  }

  #welcomed(): void {
    clearTimeout(this.#timer);
    // A connection that breaks as soon as it stands must not be made over and over at full speed.
    this.#attempt = Math.min(this.#attempt, UNSETTLED_ATTEMPT);
    this.#settled = setTimeout(() => {
      this.#attempt = 0;
    }, this.#timings.settled);
    this.#tokenTimer = setInterval(() => void this.#renewToken(), this.#timings.token);
    this.#set('online');
  }

  #refused(frame: Extract<ServerFrame, { type: 'error' }>): void {
    const retryAfterMs = Math.min(frame.retryAfterMs, LONGEST_WAIT_MS);
    const error = new ProtocolError(frame.code, { retryAfterMs });
    if (frame.batch !== 0) {
      this.#holdOff.note(frame.subject, error);
      this.#settle(frame.batch, (pending) => pending.reject(error));
    } else if (frame.code === 'sync/lease-stale') {
      this.#error = error;
      this.close();
      this.#events.overtaken();
    } else if (frame.retry === 'sign-in') {
      // The token may just have run out; a new one is asked for on return, and that answer is final.
      this.#tokenRefused = true;
      this.#error = error;
      this.#socket?.close(4003);
    } else if (frame.subject === '' && this.#waitingForGrant.length > 0) {
      // Only a request for a client id has neither a batch nor a subject. This connection has got all it gets (SPEC
      // G2): the next one presents fewer, and what waits is sent on its welcome.
      this.#socket?.close(4004);
    } else {
      // A refusal of the whole connection is why it ends next: it is what a screen can say.
      if (frame.subject === '') this.#error = error;
      this.#events.refused(error, frame.subject);
    }
  }

  #settle(batch: number, act: (pending: Pending) => void): void {
    const pending = this.#pending.get(batch);
    this.#pending.delete(batch);
    if (pending) act(pending);
  }

  async #renewToken(): Promise<void> {
    try {
      this.#socket?.send({ type: 'token', token: await this.#options.accessToken(true) });
    } catch (error) {
      if (error instanceof ProtocolError && error.retry === 'sign-in') this.#socket?.close(4003);
      // Otherwise the network is away; the server ends the socket when the old token runs out.
    }
  }
}
