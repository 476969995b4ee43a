import { AccountError } from './errors.js';

/** Crockford's base 32: no I, L, O or U, so that handwriting cannot mislead. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const KEY_BYTES = 30;
const CHARACTERS = (KEY_BYTES * 8) / 5;
const GROUP = 4;

/** A fresh recovery key: 240 bits. */
export function generateRecoveryKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES));
}

/**
 * Writes a recovery key as 12 groups of 4 characters with hyphens between.
 * @param key 30 bytes
 */
export function formatRecoveryKey(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) throw new RangeError('recovery key: 30 bytes expected');
  let characters = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of key) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) characters += ALPHABET[(buffer >> (bits - 5)) & 31];
  }
  return Array.from({ length: CHARACTERS / GROUP }, (_, at) =>
    characters.slice(at * GROUP, (at + 1) * GROUP),
  ).join('-');
}

/**
 * Reads a recovery key as people write it: in either case, with any spaces and hyphens, O for 0, I and L for 1.
 * @returns 30 bytes
 * @throws AccountError `account/recovery-key-invalid`
 */
export function parseRecoveryKey(text: string): Uint8Array {
  const characters = text
    .normalize('NFKC')
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  if (characters.length !== CHARACTERS) throw new AccountError('account/recovery-key-invalid');
  const key = new Uint8Array(KEY_BYTES);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const character of characters) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) throw new AccountError('account/recovery-key-invalid');
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    key[at] = (buffer >> bits) & 0xff;
    at += 1;
  }
  return key;
}
