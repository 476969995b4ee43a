/** Largest output that is believed, bytes: a block or value is far smaller. */
const MOST_BYTES = 256 * 1024 * 1024;

/** What stands in for more input than there is. */
class Ended extends Error {}

/**
 * Decompresses Snappy's raw format (google/snappy, format_description.txt).
 * @param options `open`: the end of the input is unknown; decoding stops when the output is complete
 * @throws RangeError when it is not Snappy
 */
export function unsnap(input: Uint8Array, options: { open?: boolean } = {}): Buffer {
  try {
    return decode(input, options.open ?? false);
  } catch (error) {
    if (error instanceof Ended) throw new RangeError('snappy: input ends early');
    throw error;
  }
}

function decode(input: Uint8Array, open: boolean): Buffer {
  let at = 0;
  const next = (): number => {
    const byte = input[at];
    if (byte === undefined) throw new Ended();
    at += 1;
    return byte;
  };
  const little = (bytes: number): number => {
    let value = 0;
    for (let index = 0; index < bytes; index += 1) value += next() * 2 ** (8 * index);
    return value;
  };
  const length = readLength(next);
  const output = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const tag = next();
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const size = (short < 60 ? short : little(short - 59)) + 1;
      if (at + size > input.length) throw new Ended();
      if (filled + size > length) throw new RangeError('snappy: literal beyond the output');
      output.set(input.subarray(at, at + size), filled);
      at += size;
      filled += size;
    } else {
      const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      const offset = kind === 1 ? ((tag >> 5) << 8) + next() : little(kind === 2 ? 2 : 4);
      if (offset === 0 || offset > filled || filled + size > length)
        throw new RangeError('snappy: copy from nowhere');
      // Byte by byte: a copy may overlap itself, and repeats what it has just written.
      for (let index = 0; index < size; index += 1) output[filled + index] = output[filled - offset + index]!;
      filled += size;
    }
  }
  if (!open && at !== input.length) throw new RangeError('snappy: something follows');
  return output;
}

function readLength(next: () => number): number {
  let length = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = next();
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      if (length > MOST_BYTES) throw new RangeError('snappy: too long');
      return length;
    }
  }
  throw new RangeError('snappy: length');
}
