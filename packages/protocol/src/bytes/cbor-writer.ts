import { ByteWriter } from './writer.js';

const utf8 = new TextEncoder();
/** Names of fields, encoded: there are few, and an encoder takes longer to start than to write one. */
const names = new Map<string, Uint8Array>();
/** Whoever makes up more of them gains nothing by it. */
const MAX_NAMES = 512;

/** Writes one value in the one form that it has (RFC 8949 section 4.2.3). */
export function writeCbor(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writeItem(writer, value);
  return writer.finish();
}

function writeItem(writer: ByteWriter, value: unknown): void {
  if (typeof value === 'string') writeString(writer, 3, utf8.encode(value));
  else if (value instanceof Uint8Array) writeString(writer, 2, value);
  else if (Array.isArray(value)) {
    writeHead(writer, 4, value.length);
    for (const item of value) writeItem(writer, item);
  } else if (typeof value === 'number' && Number.isSafeInteger(value))
    value < 0 ? writeHead(writer, 1, -1 - value) : writeHead(writer, 0, value);
  else if (typeof value === 'boolean') writer.byte(value ? 0xf5 : 0xf4);
  else if (value === null) writer.byte(0xf6);
  else if (typeof value === 'object') writeMap(writer, value);
  else throw new TypeError('no CBOR for this value');
}

function writeMap(writer: ByteWriter, map: object): void {
  const entries = Object.entries(map).map(([key, value]) => ({ key: encodeName(key), value }));
  writeHead(writer, 5, entries.length);
  for (const { key, value } of entries.sort((a, b) => compareKeys(a.key, b.key))) {
    writeString(writer, 3, key);
    writeItem(writer, value);
  }
}

function encodeName(name: string): Uint8Array {
  const known = names.get(name);
  if (known) return known;
  const bytes = utf8.encode(name);
  if (names.size < MAX_NAMES) names.set(name, bytes);
  return bytes;
}

function writeString(writer: ByteWriter, major: 2 | 3, bytes: Uint8Array): void {
  writeHead(writer, major, bytes.length);
  writer.raw(bytes);
}

/** The major type and its argument, an integer from 0 to 2^53 - 1, in as few bytes as it takes (section 3). */
function writeHead(writer: ByteWriter, major: number, argument: number): void {
  const type = major << 5;
  if (argument < 24) {
    writer.byte(type | argument);
    return;
  }
  const power = argument < 2 ** 8 ? 0 : argument < 2 ** 16 ? 1 : argument < 2 ** 32 ? 2 : 3;
  writer.byte(type | (24 + power));
  // Storing a byte keeps the lowest eight bits of the whole part.
  for (let shift = 2 ** power - 1; shift >= 0; shift -= 1) writer.byte(argument / 256 ** shift);
}

/** The order of map keys: the shorter first, of one length by bytes. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return (a[at] as number) - (b[at] as number);
  return 0;
}
