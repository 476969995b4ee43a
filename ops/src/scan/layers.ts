import { basename } from 'node:path';
import { brotliDecompressSync, constants, inflateRawSync } from 'node:zlib';
import { isLog, logRecords } from './leveldb-log.js';
import { isTable, tableBlocks } from './leveldb-table.js';
import { unsnap } from './snappy.js';

/** Bytes as they stand in a file, or as what they stand for. */
export interface Layer {
  /** How they came to be: '' for the file itself, else such as ` > table > gzip`. */
  readonly via: string;
  readonly bytes: Buffer;
}

/** Layers within layers, at most. */
const DEPTH = 3;
const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);
/** How Chromium begins an IndexedDB value that it compressed with Snappy (third_party/blink, IDBValueWrapper). */
const IDB_SNAPPY = Buffer.from([0xff, 0x11, 0x02]);
const PARTIAL = { finishFlush: constants.Z_SYNC_FLUSH };

/**
 * A file's bytes and everything that they decode to.
 * @param name of the file
 * @throws RangeError for a LevelDB table that cannot be read to its end
 */
export function* layersOf(name: string, file: Buffer): Generator<Layer> {
  yield* layersWithin({ via: '', bytes: file }, DEPTH);
  if (isLog(basename(name)))
    for (const bytes of logRecords(file)) yield* layersWithin({ via: ' > log record', bytes }, DEPTH);
  if (isTable(file))
    for (const bytes of tableBlocks(file)) yield* layersWithin({ via: ' > table block', bytes }, DEPTH);
  else if (/\.(ldb|sst)$/.test(name)) throw new RangeError(`${name}: a table without its end`);
  if (name.endsWith('.br')) yield { via: ' > brotli', bytes: brotliDecompressSync(file) };
}

function* layersWithin(layer: Layer, depth: number): Generator<Layer> {
  yield layer;
  if (depth === 0) return;
  for (const [kind, bytes] of compressed(layer.bytes))
    yield* layersWithin({ via: `${layer.via} > ${kind}`, bytes }, depth - 1);
}

function* compressed(bytes: Buffer): Generator<[kind: string, bytes: Buffer]> {
  for (const at of occurrences(bytes, GZIP))
    yield* attempt('gzip', () => inflateRawSync(bytes.subarray(gzipBody(bytes, at)), PARTIAL));
  for (const at of occurrences(bytes, IDB_SNAPPY))
    yield* attempt('snappy value', () => unsnap(bytes.subarray(at + IDB_SNAPPY.length), { open: true }));
  // A zlib stream has no mark of its own but a header that divides by 31, so only a file's beginning is tried.
  if (bytes.length > 2 && (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0)
    yield* attempt('deflate', () => inflateRawSync(bytes.subarray(2), PARTIAL));
}

/** Where the compressed bytes of a gzip member begin (RFC 1952, section 2.3). What follows the member is left alone. */
function gzipBody(bytes: Buffer, member: number): number {
  const flags = bytes[member + 3] ?? 0;
  let at = member + 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  for (const text of [8, 16]) if (flags & text) at = bytes.indexOf(0, at) + 1;
  return flags & 2 ? at + 2 : at;
}

function* occurrences(bytes: Buffer, mark: Buffer): Generator<number> {
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) yield at;
}

/** What only looked compressed decodes to nothing; its bytes are looked at as they stand in any case. */
function* attempt(kind: string, decode: () => Buffer): Generator<[string, Buffer]> {
  let decoded: Buffer;
  try {
    decoded = decode();
  } catch {
    return;
  }
  if (decoded.length > 0) yield [kind, decoded];
}
