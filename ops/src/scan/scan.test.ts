import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { maskedCrc32c } from './crc32c.js';
import { scanBytes, scanFolder } from './scan-folder.js';
import { unsnap } from './snappy.js';

/** The scan itself: that it finds what is there, however it is written, and nothing where nothing is. */
const test = suite('scan');
const TEXT = 'Überraschung: 7 o\u2019clock at the pier/quay?';
const KEY = Uint8Array.from({ length: 32 }, (_, index) => (index * 89 + 251) & 0xff);
const needles = [
  { name: 'text', secret: TEXT },
  { name: 'key', secret: KEY },
];
const names = (bytes: Uint8Array) =>
  [...new Set(scanBytes('f', bytes, needles).map(({ needle }) => needle))].sort();
const within = (bytes: Uint8Array) => Buffer.concat([Buffer.from('before\0'), bytes, Buffer.from('behind')]);

test('U9: finds a text as UTF-8, UTF-16 of either order, escaped and percent-encoded', () => {
  const utf16 = Buffer.from(TEXT, 'utf16le');
  assert.equal(names(within(Buffer.from(TEXT))), ['text']);
  assert.equal(names(within(utf16)), ['text']);
  assert.equal(names(within(Buffer.from(utf16).swap16())), ['text']);
  assert.equal(names(Buffer.from(JSON.stringify({ a: [TEXT] }))), ['text']);
  assert.equal(names(Buffer.from(`GET /?q=${encodeURIComponent(TEXT)}&b`)), ['text']);
  assert.equal(names(Buffer.from(new URLSearchParams({ q: TEXT }).toString())), ['text']);
  const escaped = TEXT.replace('Ü', '\\u00dc').replace('\u2019', '\\u2019');
  assert.equal(names(Buffer.from(`{"a":"${escaped}"}`)), ['text']);
});

test('U9: finds bytes and text in hex and in base64 of both alphabets at every alignment', () => {
  for (const secret of [KEY, Buffer.from(TEXT), Buffer.from(TEXT, 'utf16le')]) {
    const expected = [secret === KEY ? 'key' : 'text'];
    assert.equal(names(Buffer.from(Buffer.from(secret).toString('hex'))), expected);
    assert.equal(names(Buffer.from(Buffer.from(secret).toString('hex').toUpperCase())), expected);
    for (let lead = 0; lead < 6; lead += 1) {
      const bytes = Buffer.concat([Buffer.alloc(lead, 0xee), secret, Buffer.from('more')]);
      for (const encoding of ['base64', 'base64url'] as const) {
        assert.equal(names(Buffer.from(bytes.toString(encoding))), expected, `${encoding} ${lead}`);
        assert.equal(
          names(Buffer.from(bytes.toString(encoding), 'utf16le')),
          expected,
          `${encoding} ${lead}`,
        );
      }
    }
  }
});

test('U9: finds what is compressed, also within a file and twice over', () => {
  assert.equal(names(gzipSync(Buffer.from(TEXT))), ['text']);
  assert.equal(names(within(gzipSync(KEY))), ['key']);
  assert.equal(names(deflateSync(within(KEY))), ['key']);
  assert.equal(names(within(gzipSync(within(gzipSync(Buffer.from(TEXT)))))), ['text']);
  // Broken off, but far enough.
  const half = gzipSync(Buffer.concat([Buffer.from(TEXT), Buffer.alloc(100_000, 'x1y2')]), { level: 1 });
  assert.equal(names(half.subarray(0, half.length - 20)), ['text']);
  assert.is(scanBytes('f.br', brotliCompressSync(Buffer.from(TEXT)), needles).length > 0, true);
});

test('U9: finds nothing where nothing is, and says nothing of what it looks for', () => {
  const other = Buffer.from(`${TEXT.slice(0, -1)}! ${Buffer.from(KEY).subarray(1).toString('base64')}`);
  assert.equal(scanBytes('f', other, needles), []);
  const found = JSON.stringify(scanBytes('f', Buffer.from(TEXT), needles));
  assert.not.ok(found.includes('pier'));
  assert.throws(() => scanBytes('f', other, [{ name: 'short', secret: 'abc' }]), /'short' is too short/);
});

test('U9: goes down into folders, reads names, and reports a table that it cannot read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-scan-'));
  const deep = join(folder, 'a', 'b');
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, 'c'), within(KEY));
  await writeFile(join(folder, 'a', Buffer.from(KEY).toString('hex').slice(0, 100)), '');
  const found = await scanFolder(folder, needles);
  assert.equal(found.map(({ file }) => file).sort(), ['(a name)', join('a', 'b', 'c')].sort());
  await writeFile(join(deep, '000005.ldb'), 'not a table');
  await scanFolder(folder, needles).then(
    () => assert.unreachable(),
    (error) => assert.match(String(error), /without its end/),
  );
  await rm(folder, { recursive: true });
});

test('U9: Snappy as in its format description; CRC-32C as in RFC 3720', () => {
  // A literal, then a copy that overlaps itself, then one by two bytes of offset.
  const snapped = Buffer.from([12, 0x08, 97, 98, 99, 0x09, 3, 0x0a, 6, 0]);
  assert.is(unsnap(snapped).toString(), 'abcabcabcabc'.slice(0, 12));
  assert.throws(() => unsnap(snapped.subarray(0, -1)), /ends early/);
  assert.throws(() => unsnap(Buffer.concat([snapped, Buffer.from([0])])), /something follows/);
  assert.throws(() => unsnap(Buffer.from([4, 0x01, 9])), /from nowhere/);
  const crc = 0x8a91_36aa;
  assert.is(maskedCrc32c(Buffer.alloc(32)), (((crc >>> 15) | (crc << 17)) + 0xa282_ead8) >>> 0);
});

test.run();
