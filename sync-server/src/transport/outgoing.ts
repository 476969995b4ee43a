import type { Buffer } from 'node:buffer';
import { binaryMessage } from './web-socket-frame.js';

/** How frames become WebSocket messages: several to one, each behind its length (SPEC W1), or each one its own (W13). */
export type Packing = 'gathered' | 'single';

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

function writeLength(message: Buffer, at: number, length: number): number {
  let place = at;
  let rest = length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) message[place++] = (rest % 128) | 0x80;
  message[place++] = rest;
  return place;
}

/** One encoded frame on its way to any number of sockets: what is the same for all of them is made once. */
export class Outgoing {
  readonly bytes: Uint8Array;
  /** Bytes that it takes in a message with others. */
  readonly size: number;
  #alone: Buffer | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.size = lengthBytes(bytes.length) + bytes.length;
  }

  /** The message that holds this frame and no other. One kind of socket alone writes a frame, so one packing does. */
  alone(packing: Packing): Buffer {
    this.#alone ??=
      packing === 'gathered'
        ? gathered([this])
        : binaryMessage(this.bytes.length, (message, at) => message.set(this.bytes, at));
    return this.#alone;
  }
}

/** One message of several frames. */
export function gathered(frames: readonly Outgoing[]): Buffer {
  let length = 0;
  for (const { size } of frames) length += size;
  return binaryMessage(length, (message, start) => {
    let at = start;
    for (const { bytes } of frames) {
      at = writeLength(message, at, bytes.length);
      message.set(bytes, at);
      at += bytes.length;
    }
  });
}
