const utf8 = new TextEncoder();

/** Bytes that {@link ByteWriter.varUint} takes for a value. */
export function varUintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

/** Writes what {@link ByteReader} reads. Grows as needed; `finish` returns exactly the bytes written. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param capacity bytes to start with */
  constructor(capacity = 128) {
    this.#bytes = new Uint8Array(capacity);
  }

  byte(value: number): this {
    this.#room(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
    return this;
  }

  /** @param value an integer from 0 to 2^53 - 1 */
  varUint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError('varUint: not a safe unsigned integer');
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    return this.byte(rest);
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  varBytes(bytes: Uint8Array): this {
    return this.varUint(bytes.length).raw(bytes);
  }

  varString(text: string): this {
    return this.#ascii(text) ? this : this.varBytes(utf8.encode(text));
  }

  finish(): Uint8Array<ArrayBuffer> {
    // What was sized exactly is not copied.
    const whole = this.#length === this.#bytes.length;
    return whole ? this.#bytes : this.#bytes.slice(0, this.#length);
  }

  /** Names and ids, which is most of what is written: an encoder takes longer to start than this. @returns whether it was written */
  #ascii(text: string): boolean {
    const { length } = text;
    if (length >= 0x80) return false;
    this.#room(length + 1);
    const start = this.#length + 1;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) return false;
      this.#bytes[start + index] = code;
    }
    this.#bytes[this.#length] = length;
    this.#length = start + length;
    return true;
  }

  #room(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + extra));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
