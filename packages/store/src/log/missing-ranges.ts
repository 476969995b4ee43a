import type { StateVector } from '@sotto/protocol';
import type { KeyRange } from './record-keys.js';
import { documentRange, feedPrefix, recordKey } from './record-keys.js';

/**
 * The key ranges that hold what `have` lacks of a document, ascending. Neighbouring feeds that are wanted whole make one
 * range, so that a first read of a document is a single scan.
 * @param prefix of the document's keys
 * @param stored next clock of every client in the document
 */
export function missingRanges(prefix: string, stored: StateVector, have: StateVector): KeyRange[] {
  const ranges: { gte: string; lt: string }[] = [];
  let open: { gte: string; lt: string } | undefined;
  const end = documentRange(prefix).lt;
  for (const [client, next] of [...stored].sort(([a], [b]) => a - b)) {
    const from = have.get(client) ?? 0;
    if (open && from > 0) {
      open.lt = feedPrefix(prefix, client);
      open = undefined;
    }
    if (from >= next || open) continue;
    open = { gte: recordKey(prefix, { client, clock: from }), lt: end };
    ranges.push(open);
  }
  return ranges;
}
