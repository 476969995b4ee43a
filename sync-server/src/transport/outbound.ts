import type { Duplex } from 'node:stream';
import { LIMITS } from '@sotto/protocol';
import { WebSocket } from 'ws';
import type { Packing } from './outgoing.js';
import { gathered, Outgoing } from './outgoing.js';
import { TurnEnd } from './turn-end.js';

export interface OutboundBounds {
  readonly gatherBytes: number;
  readonly lowWaterBytes: number;
  readonly highWaterBytes: number;
}

/** A WebSocket and the stream beneath it. */
export interface Socket {
  readonly ws: WebSocket;
  readonly stream: Duplex;
}

/** Is told of what leaves. */
export interface Sending {
  sent(frames: number, bytes: number): void;
}

const turn = new TurnEnd<Outbound>((outbound) => outbound.flush());

/**
 * Frames on their way to one socket. Those of one turn of the event loop leave in one write: a system call a recipient and
 * frame is most of what a relay costs. They are written to the stream itself, since `ws` would write header and payload apart and
 * anew for every recipient; whatever else `ws` sends (pongs, the closing handshake) it writes whole, so nothing falls in between.
 */
export class Outbound {
  readonly #socket: Socket;
  readonly #bounds: OutboundBounds;
  readonly #packing: Packing;
  readonly #meters: Sending;
  readonly #slow: () => void;
  #frames: Outgoing[] = [];
  #bytes = 0;
  #stopped = false;
  #waiting: (() => void)[] = [];

  /**
   * @param meters is told of what leaves
   * @param slow called once when the reader is so far behind that nothing more is kept for it
   */
  constructor(socket: Socket, bounds: OutboundBounds, packing: Packing, meters: Sending, slow: () => void) {
    this.#socket = socket;
    this.#bounds = bounds;
    this.#packing = packing;
    this.#meters = meters;
    this.#slow = slow;
  }

  /** Bytes not yet handed to the operating system. */
  get backlog(): number {
    return this.#bytes + this.#socket.stream.writableLength;
  }

  /** Whether there is room for what can wait. */
  get hasRoom(): boolean {
    return this.backlog < this.#bounds.lowWaterBytes;
  }

  /** Queues an encoded frame. After {@link stop} it is dropped. */
  send(bytes: Uint8Array): void {
    this.write(new Outgoing(bytes));
  }

  /** Queues a frame that others get too. */
  write(frame: Outgoing): void {
    if (this.#stopped) return;
    const { size } = frame;
    if (this.#frames.length > 0 && !this.#fits(size)) this.flush();
    if (this.#frames.length === 0) turn.add(this);
    this.#frames.push(frame);
    this.#bytes += size;
    if (this.backlog > this.#bounds.highWaterBytes) {
      this.stop();
      this.#slow();
    }
  }

  /** Sends what is queued now. */
  flush(): void {
    if (this.#frames.length === 0) return;
    const [frames, bytes] = [this.#frames, this.#bytes];
    this.#frames = [];
    this.#bytes = 0;
    const { ws, stream } = this.#socket;
    // As `ws` has it: nothing goes behind a close.
    if (ws.readyState !== WebSocket.OPEN) return;
    this.#meters.sent(frames.length, bytes);
    if (frames.length === 1) stream.write(frames[0]!.alone(this.#packing));
    else if (this.#packing === 'gathered') stream.write(gathered(frames));
    else stream.write(Buffer.concat(frames.map((frame) => frame.alone('single'))));
  }

  /** Resolves when the reader has room for more, or is gone: for what can wait, such as answers. */
  room(): Promise<void> {
    if (this.#stopped || this.hasRoom) return Promise.resolve();
    this.flush();
    // Below its own mark a stream never says that it was drained.
    if (this.hasRoom || !this.#socket.stream.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#socket.stream.once('drain', this.#release);
    });
  }

  /** Drops what is queued and everything after. */
  stop(): void {
    this.#stopped = true;
    this.#frames = [];
    this.#bytes = 0;
    this.#socket.stream.off('drain', this.#release);
    this.#release();
  }

  #fits(size: number): boolean {
    return this.#bytes + size <= this.#bounds.gatherBytes && this.#frames.length < LIMITS.messageFrames;
  }

  /** All of it has left: whoever waited fills up anew. */
  readonly #release = (): void => {
    for (const resume of this.#waiting.splice(0)) resume();
  };
}
