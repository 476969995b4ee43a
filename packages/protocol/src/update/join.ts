import { ByteWriter, varUintBytes } from '../bytes/writer.js';
import type { LogRecord } from './struct.js';

/** The update that changes nothing: no clients, empty delete set. */
export const EMPTY_UPDATE: Uint8Array = new Uint8Array([0, 0]);

/** Groups records by client, each group in clock order, clients in falling order as Yjs writes them. */
function byClient(records: readonly LogRecord[]): [number, LogRecord[]][] {
  const groups = new Map<number, LogRecord[]>();
  for (const record of records) {
    const group = groups.get(record.client);
    if (group) group.push(record);
    else groups.set(record.client, [record]);
  }
  for (const group of groups.values()) group.sort((a, b) => a.clock - b.clock);
  return [...groups].sort(([a], [b]) => b - a);
}

/** A group may have a hole where a predecessor is not there yet; what follows a hole is not for this update. */
function contiguous(group: readonly LogRecord[]): readonly LogRecord[] {
  const first = group[0]!.clock;
  const end = group.findIndex((record, index) => record.clock !== first + index);
  return end < 0 ? group : group.slice(0, end);
}

/**
 * Joins stored records of one document into a Yjs update by concatenation (SPEC U5): byte-identical to what Yjs
 * merges, without a live document.
 * @param records of one document, in any order, each position at most once
 */
export function joinUpdate(records: readonly LogRecord[]): Uint8Array<ArrayBuffer> {
  const runs = records.length === 1 ? [records] : byClient(records).map(([, group]) => contiguous(group));
  const writer = new ByteWriter(
    runs.reduce((sum, run) => sum + runBytes(run), varUintBytes(runs.length) + 1),
  );
  writer.varUint(runs.length);
  for (const run of runs) {
    const { client, clock } = run[0]!;
    writer.varUint(run.length).varUint(client).varUint(clock);
    for (const record of run) writer.raw(record.body);
  }
  return writer.varUint(0).finish();
}

/** What a run takes, exactly: a server writes one for every delivery, into memory that fits. */
function runBytes(run: readonly LogRecord[]): number {
  const { client, clock } = run[0]!;
  const head = varUintBytes(run.length) + varUintBytes(client) + varUintBytes(clock);
  return run.reduce((sum, { body }) => sum + body.length, head);
}
