const BLOCK_BYTES = 32_768;
/** Checksum, length, type. */
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

/** LevelDB's write-ahead files, and its manifests, which have the same form. */
export function isLog(name: string): boolean {
  return /^(\d{6}\.log|MANIFEST-\d{6})$/.test(name);
}

/**
 * The records of a LevelDB log, put together where they span blocks (leveldb/doc/log_format.md). Reads on behind what is
 * broken off: the file is also looked at as it stands.
 */
export function* logRecords(file: Buffer): Generator<Buffer> {
  let parts: Buffer[] = [];
  for (let start = 0; start < file.length; start += BLOCK_BYTES) {
    const block = file.subarray(start, start + BLOCK_BYTES);
    for (let at = 0; at + HEADER_BYTES <= block.length; ) {
      const length = block.readUInt16LE(at + 4);
      const type = block[at + 6]!;
      const piece = block.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
      at += HEADER_BYTES + length;
      if (type === FULL || type === FIRST) parts = [];
      if (type < FULL || type > LAST) break;
      parts.push(piece);
      if (type === FULL || type === LAST) {
        yield Buffer.concat(parts);
        parts = [];
      }
    }
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
