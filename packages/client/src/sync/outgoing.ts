import type { DeviceFrame } from '@sotto/protocol';
import { encodeDeviceFrame, LIMITS, packFrames } from '@sotto/protocol';

/** Collects the frames of one turn of the event loop and sends them as few WebSocket messages. */
export class OutgoingFrames {
  readonly #send: (message: Uint8Array<ArrayBuffer>) => void;
  #frames: Uint8Array[] = [];
  #bytes = 0;

  /** @param send takes one WebSocket message */
  constructor(send: (message: Uint8Array<ArrayBuffer>) => void) {
    this.#send = send;
  }

  add(frame: DeviceFrame): void {
    const encoded = encodeDeviceFrame(frame);
    const fits = this.#bytes + encoded.length + 8 <= LIMITS.messageBytes;
    if (!fits || this.#frames.length === LIMITS.messageFrames) this.flush();
    if (this.#frames.length === 0) queueMicrotask(() => this.flush());
    this.#frames.push(encoded);
    this.#bytes += encoded.length + 8;
  }

  flush(): void {
    if (this.#frames.length === 0) return;
    const message = packFrames(this.#frames);
    this.#frames = [];
    this.#bytes = 0;
    this.#send(message);
  }
}
