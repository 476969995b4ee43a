import { LIMITS, packFrames } from '@sotto/protocol';
import type { WebSocket } from 'ws';

/** Bytes a frame's length prefix can take. */
const PREFIX_BYTES = 4;

export interface OutboundBounds {
  readonly gatherBytes: number;
  readonly lowWaterBytes: number;
  readonly highWaterBytes: number;
}

/**
 * Frames on their way to one socket. Those of one turn of the event loop leave as one WebSocket message: a system call a
 * recipient and frame is most of what a relay costs.
 */
export class Outbound {
  readonly #socket: WebSocket;
  readonly #bounds: OutboundBounds;
  readonly #slow: () => void;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #scheduled = false;
  #stopped = false;
  #waiting: (() => void)[] = [];

  /** @param slow called once when the reader is so far behind that nothing more is kept for it */
  constructor(socket: WebSocket, bounds: OutboundBounds, slow: () => void) {
    this.#socket = socket;
    this.#bounds = bounds;
    this.#slow = slow;
  }

  /** Bytes not yet handed to the operating system. */
  get backlog(): number {
    return this.#bytes + this.#socket.bufferedAmount;
  }

  /** Queues an encoded frame. After {@link stop} it is dropped. */
  send(frame: Uint8Array): void {
    if (this.#stopped) return;
    const size = frame.length + PREFIX_BYTES;
    if (this.#frames.length > 0 && !this.#fits(size)) this.flush();
    this.#frames.push(frame);
    this.#bytes += size;
    if (this.backlog > this.#bounds.highWaterBytes) {
      this.stop();
      this.#slow();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.flush());
    }
  }

  /** Sends what is queued now. */
  flush(): void {
    this.#scheduled = false;
    if (this.#frames.length === 0 || this.#stopped) return;
    const message = packFrames(this.#frames);
    this.#frames = [];
    this.#bytes = 0;
    this.#socket.send(message, { binary: true }, () => this.#release());
  }

  /** Resolves when the reader has room for more, or is gone: for what can wait, such as answers. */
  room(): Promise<void> {
    if (this.#stopped || this.backlog < this.#bounds.lowWaterBytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Drops what is queued and everything after. */
  stop(): void {
    this.#stopped = true;
    this.#frames = [];
    this.#bytes = 0;
    this.#release();
  }

  #fits(size: number): boolean {
    return this.#bytes + size <= this.#bounds.gatherBytes && this.#frames.length < LIMITS.messageFrames;
  }

  #release(): void {
    if (!this.#stopped && this.backlog >= this.#bounds.lowWaterBytes) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
