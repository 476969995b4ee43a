import type { DeviceFrame, ServerFrame } from '@sotto/protocol';
import { DecodeError, decodeServerFrame, LIMITS, unpackFrames } from '@sotto/protocol';
import { OutgoingFrames } from './outgoing.js';

/** The part of a WebSocket that this needs: the browser's own and Node's `ws` both fit. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void;
}
export type WebSocketFactory = (url: string) => WebSocketLike;

const OPEN = 1;
/** Pings without any answer before the socket counts as dead. */
const MISSED = 2;

export interface SocketEvents {
  opened(): void;
  frame(frame: ServerFrame): void;
  /** Called once; nothing comes after it. */
  closed(code: number): void;
}

/** One life of the multiplexed socket (SPEC W): frames in, frames out, one heartbeat. */
export class SyncSocket {
  readonly #socket: WebSocketLike;
  readonly #events: SocketEvents;
  readonly #outgoing: OutgoingFrames;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  readonly #heartbeatMs: number;
  #silent = 0;
  #ended = false;

  /** @param heartbeatMs time between pings (SPEC W8) */
  constructor(
    open: WebSocketFactory,
    url: string,
    events: SocketEvents,
    heartbeatMs: number = LIMITS.heartbeatMs,
  ) {
    this.#events = events;
    this.#heartbeatMs = heartbeatMs;
    this.#socket = open(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#outgoing = new OutgoingFrames((message) => {
      if (this.#socket.readyState === OPEN) this.#socket.send(message);
    });
    this.#socket.addEventListener('open', () => this.#opened());
    this.#socket.addEventListener('message', ({ data }) => this.#received(data));
    this.#socket.addEventListener('close', ({ code }) => this.#finish(code));
    // A close event follows every error and says no less; without a listener Node would end the process.
    this.#socket.addEventListener('error', () => {});
  }

  send(frame: DeviceFrame): void {
    this.#outgoing.add(frame);
  }

  close(code = 1000): void {
    this.#outgoing.flush();
    this.#socket.close(code);
    this.#finish(code);
  }

  #opened(): void {
    this.#heartbeat = setInterval(() => this.#beat(), this.#heartbeatMs);
    this.#events.opened();
  }

  #beat(): void {
    this.#silent += 1;
    if (this.#silent > MISSED) this.close(4000);
    else this.send({ type: 'ping' });
  }

  #received(data: unknown): void {
    this.#silent = 0;
    if (this.#ended || !(data instanceof ArrayBuffer)) return;
    try {
      for (const frame of unpackFrames(new Uint8Array(data))) {
        if (this.#ended) return;
        this.#events.frame(decodeServerFrame(frame));
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      // A server that does not keep to the wire is left; the return starts from what is durable.
      this.close(4002);
    }
  }

  #finish(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#heartbeat);
    this.#events.closed(code);
  }
}
