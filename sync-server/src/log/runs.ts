import type { DocumentName, LogRecord } from '@sotto/protocol';

/** Splits records into consecutive runs of one client in one document, each of about `most` bytes or one record. */
export function splitRuns(records: readonly LogRecord[], most: number): LogRecord[][] {
  if (records.length <= 1) return records.length === 0 ? [] : [[...records]];
  const runs: LogRecord[][] = [];
  const open = new Map<DocumentName, Map<number, { run: LogRecord[]; bytes: number }>>();
  for (const record of records) {
    const feeds = open.get(record.document) ?? new Map<number, { run: LogRecord[]; bytes: number }>();
    open.set(record.document, feeds);
    const last = feeds.get(record.client);
    const follows = last && record.clock === last.run[0]!.clock + last.run.length;
    if (follows && last.bytes + record.body.length <= most) {
      last.run.push(record);
      last.bytes += record.body.length;
    } else {
      const run = [record];
      runs.push(run);
      feeds.set(record.client, { run, bytes: record.body.length });
    }
  }
  return runs;
}
