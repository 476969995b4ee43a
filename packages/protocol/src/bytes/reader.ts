import { DecodeError } from '../errors/decode-error.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const isAscii = (byte: number) => byte < 0x80;

/**
 * Reads lib0's encoding strictly: variable-length integers must be minimal, strings valid UTF-8, and nothing may
 * be read past the end. Every fault is a {@link DecodeError}, never a silent truncation.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new DecodeError('truncated');
    this.#at += 1;
    return value;
  }

  /** An unsigned integer below 2^53 in 7-bit groups, least significant first, in its shortest form. */
  varUint(): number {
    let value = 0;
    let scale = 1;
    for (let length = 1; ; length += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER || length > 8) throw new DecodeError('integer-range');
      if (byte < 0x80) {
        if (byte === 0 && length > 1) throw new DecodeError('integer-not-minimal');
        return value;
      }
      scale *= 128;
    }
  }

  /** The next `length` bytes, as a view on the input. */
  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DecodeError('truncated');
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** What was read since `start`, as a view on the input. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#at);
  }

  /** Bytes preceded by their length. */
  varBytes(): Uint8Array {
    return this.take(this.varUint());
  }

  /** The next `length` bytes as UTF-8. */
  text(length: number): string {
    const bytes = this.take(length);
    // Most texts are names of fields; a decoder takes longer to start than to read one.
    if (length < 32 && bytes.every(isAscii)) return String.fromCharCode(...bytes);
    try {
      return utf8.decode(bytes);
    } catch {
      throw new DecodeError('text-encoding');
    }
  }

  /** UTF-8 text preceded by its length in bytes. */
  varString(): string {
    return this.text(this.varUint());
  }

  /** Throws unless the whole input was read. */
  end(): void {
    if (!this.done) throw new DecodeError('trailing-bytes');
  }
}
