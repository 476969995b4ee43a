import { maskedCrc32c } from './crc32c.js';
import { unsnap } from './snappy.js';

const FOOTER_BYTES = 48;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
/** Behind each block: one byte that says how it is compressed, four of checksum. */
const TRAILER_BYTES = 5;
const PLAIN = 0;
const SNAPPY = 1;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

interface Entry {
  /** Of the whole key, as it was before its beginning was shared with the one before. */
  readonly key: Buffer;
  readonly value: Buffer;
}

export function isTable(file: Buffer): boolean {
  return file.length >= FOOTER_BYTES && file.subarray(-MAGIC.length).equals(MAGIC);
}

/**
 * Every block of a LevelDB table, decompressed, and its keys written out in full (leveldb/doc/table_format.md). Of data that
 * was overwritten or deleted, too, as long as it is in the file.
 * @throws RangeError for a block that cannot be read: it would go unseen
 */
export function* tableBlocks(file: Buffer): Generator<Buffer> {
  const footer = file.subarray(-FOOTER_BYTES);
  const metaindex = readHandle(footer, 0);
  const index = readHandle(footer, metaindex.next);
  const indexBlock = readBlock(file, index.handle);
  yield readBlock(file, metaindex.handle);
  yield indexBlock;
  for (const { value } of entries(indexBlock)) {
    const block = readBlock(file, readHandle(value, 0).handle);
    yield block;
    yield Buffer.concat([...entries(block)].flatMap(({ key }) => [key, Buffer.from([0])]));
  }
  for (const { value } of entries(readBlock(file, metaindex.handle)))
    yield readBlock(file, readHandle(value, 0).handle);
}

function readBlock(file: Buffer, { offset, size }: Handle): Buffer {
  const end = offset + size;
  if (end + TRAILER_BYTES > file.length) throw new RangeError('table: block beyond the file');
  const kind = file[end];
  if (maskedCrc32c(file.subarray(offset, end + 1)) !== file.readUInt32LE(end + 1))
    throw new RangeError('table: damaged block');
  const bytes = file.subarray(offset, end);
  if (kind === PLAIN) return bytes;
  if (kind === SNAPPY) return unsnap(bytes);
  throw new RangeError(`table: block compressed by ${kind}`);
}

function* entries(block: Buffer): Generator<Entry> {
  const restarts = block.readUInt32LE(block.length - 4);
  const end = block.length - 4 - 4 * restarts;
  let key = Buffer.alloc(0);
  for (let at = 0; at < end; ) {
    const shared = readVarint(block, at);
    const unshared = readVarint(block, shared.next);
    const length = readVarint(block, unshared.next);
    const valueAt = length.next + unshared.value;
    key = Buffer.concat([key.subarray(0, shared.value), block.subarray(length.next, valueAt)]);
    at = valueAt + length.value;
    yield { key, value: block.subarray(valueAt, at) };
  }
}

function readHandle(bytes: Buffer, at: number): { handle: Handle; next: number } {
  const offset = readVarint(bytes, at);
  const size = readVarint(bytes, offset.next);
  return { handle: { offset: offset.value, size: size.value }, next: size.next };
}

function readVarint(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  throw new RangeError('table: varint');
}
