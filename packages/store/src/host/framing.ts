import { DecodeError } from '@sotto/protocol';

const PREFIX_BYTES = 4;
/** Longest frame: a page of large claims stays far below it. */
export const FRAME_BYTES = 64 * 1024 * 1024;

/** A frame on its way: its length in four bytes, big-endian, and what it holds. */
export function frame(payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + payload.length);
  bytes.writeUInt32BE(payload.length);
  bytes.set(payload, PREFIX_BYTES);
  return bytes;
}

/** Takes a stream apart into the frames that were put into it. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes of the frame that is being received, prefix and all; 0 before its length is known. */
  #wanted = 0;

  /**
   * @returns the frames that this chunk completes, as plain views
   * @throws DecodeError `too-large`
   */
  *take(chunk: Buffer): Iterable<Uint8Array> {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= (this.#wanted || PREFIX_BYTES)) {
      const bytes = this.#joined();
      if (this.#wanted === 0) {
        const length = bytes.readUInt32BE();
        if (length > FRAME_BYTES) throw new DecodeError('too-large', 'frame');
        this.#wanted = PREFIX_BYTES + length;
        continue;
      }
      const end = this.#wanted;
      this.#chunks = [bytes.subarray(end)];
      this.#held -= end;
      this.#wanted = 0;
      yield new Uint8Array(bytes.buffer, bytes.byteOffset + PREFIX_BYTES, end - PREFIX_BYTES);
    }
  }

  /** What is held, in one piece: joined when a frame is complete and not chunk by chunk. */
  #joined(): Buffer {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1) return only!;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
