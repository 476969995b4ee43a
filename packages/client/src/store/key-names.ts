/** Above every character a key can have. */
const LAST = '\uffff';

/**
 * Keys are printable ASCII: then code units, UTF-8 bytes and IndexedDB all put them in the same order.
 * @throws RangeError
 */
export function assertKey(key: string): void {
  if (!/^[\x21-\x7e]+$/.test(key)) throw new RangeError('store: a key is printable ASCII without spaces');
}

/** The keys that begin with `prefix`, as bounds that both belong to the range. */
export function prefixRange(prefix: string): { first: string; last: string } {
  return { first: prefix, last: prefix + LAST };
}
