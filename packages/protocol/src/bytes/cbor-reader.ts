import { DecodeError } from '../errors/decode-error.js';
import { compareKeys } from './cbor-writer.js';
import { ByteReader } from './reader.js';

/** Deeper than anything that Sotto writes, and far from the end of any stack. */
const DEPTH = 32;
const NO_KEY = new Uint8Array();
const PLAIN = { enumerable: true, configurable: true, writable: true };

/**
 * Reads exactly what {@link writeCbor} writes: of every value there is one form that is read, so bytes that were
 * read and written again are the same bytes.
 * @throws DecodeError
 */
export function readCbor(bytes: Uint8Array): unknown {
  const reader = new ByteReader(bytes);
  const value = readItem(reader, DEPTH);
  reader.end();
  return value;
}

function readItem(reader: ByteReader, depth: number): unknown {
  const head = reader.byte();
  switch (head) {
    case 0xf4:
      return false;
    case 0xf5:
      return true;
    case 0xf6:
      return null;
  }
  const argument = readArgument(reader, head & 31);
  switch (head >> 5) {
    case 0:
      return argument;
    case 1:
      if (argument === Number.MAX_SAFE_INTEGER) throw new DecodeError('integer-range');
      return -1 - argument;
    case 2:
      // A copy of its own: a Buffer's slice would share its memory.
      return new Uint8Array(reader.take(argument));
    case 3:
      return reader.text(argument);
    case 4:
      return readArray(reader, argument, inside(depth));
    case 5:
      return readMap(reader, argument, inside(depth));
  }
  throw new DecodeError('cbor', 'neither tags, floats nor other simple values');
}

function inside(depth: number): number {
  if (depth === 0) throw new DecodeError('cbor', 'nested too deep');
  return depth - 1;
}

/** @param info the lower five bits of the head: the argument itself, or how many bytes it takes */
function readArgument(reader: ByteReader, info: number): number {
  if (info < 24) return info;
  if (info > 27) throw new DecodeError('cbor', 'no length');
  const width = 2 ** (info - 24);
  let argument = 0;
  for (let read = 0; read < width; read += 1) argument = argument * 256 + reader.byte();
  if (argument > Number.MAX_SAFE_INTEGER) throw new DecodeError('integer-range');
  if (argument < (width === 1 ? 24 : 256 ** (width / 2))) throw new DecodeError('integer-not-minimal');
  return argument;
}

// A length is only believed element by element: each takes a byte, so what is not there costs nothing.
function readArray(reader: ByteReader, length: number, depth: number): unknown[] {
  const items: unknown[] = [];
  while (items.length < length) items.push(readItem(reader, depth));
  return items;
}

function readMap(reader: ByteReader, size: number, depth: number): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  let previous: Uint8Array = NO_KEY;
  for (let read = 0; read < size; read += 1) {
    const head = reader.byte();
    if (head >> 5 !== 3) throw new DecodeError('cbor', 'a key that is no text');
    const length = readArgument(reader, head & 31);
    const start = reader.position;
    const key = reader.text(length);
    const bytes = reader.since(start);
    if (read > 0 && compareKeys(previous, bytes) >= 0) throw new DecodeError('cbor', 'keys out of order');
    previous = bytes;
    const value = readItem(reader, depth);
    // Assigned, this one would change what the map inherits.
    if (key === '__proto__') Object.defineProperty(map, key, { ...PLAIN, value });
    else map[key] = value;
  }
  return map;
}
