import type { ConversationId, LogRecord } from '@sotto/protocol';
import { logName, ProtocolError, parseDocumentName } from '@sotto/protocol';
import type { LogStore } from '../log/log-store.js';

/**
 * An access change travels with records of its own conversation's state log.
 * @throws ProtocolError `sync/grammar`
 */
export function assertStateRecords(conversation: ConversationId, records: readonly LogRecord[]): void {
  const document = records[0]?.document;
  if (document === undefined || records.some((record) => record.document !== document))
    throw new ProtocolError('sync/grammar', { detail: 'state records of one document expected' });
  if (parseDocumentName(document).log !== logName('s', conversation))
    throw new ProtocolError('sync/grammar', { detail: 'not the state log of this conversation' });
}

/**
 * Would the log take these records? A claim must never be made for records that it would refuse.
 * @throws ProtocolError `sync/gap`, `sync/fork`
 */
export async function assertFits(log: LogStore, records: readonly LogRecord[]): Promise<void> {
  const { document } = records[0]!;
  const next = await log.stateVector(document);
  const bodies = await bodiesThere(log, records, next);
  for (const record of records) {
    const known = next.get(record.client) ?? 0;
    if (record.clock > known) throw new ProtocolError('sync/gap', { detail: 'state record' });
    const body = bodies.get(position(record));
    if (body && Buffer.compare(body, record.body) !== 0)
      throw new ProtocolError('sync/fork', { detail: 'state record' });
    bodies.set(position(record), record.body);
    next.set(record.client, Math.max(known, record.clock + 1));
  }
}

/** What the log holds of these records' feeds from the first of them on, by position. */
async function bodiesThere(
  log: LogStore,
  records: readonly LogRecord[],
  next: ReadonlyMap<number, number>,
): Promise<Map<string, Uint8Array>> {
  const have = new Map(next);
  for (const { client, clock } of records) have.set(client, Math.min(clock, have.get(client) ?? 0));
  const there = await log.read(records[0]!.document, have);
  return new Map(there.map((record) => [position(record), record.body]));
}

/**
 * Puts claimed records into the log. A refusal is a defect: the claim was made for records that fit.
 * @throws ProtocolError `sync/store-unavailable`, or the refusal
 */
export async function storeRecords(log: LogStore, records: readonly LogRecord[]): Promise<void> {
  if (records.length === 0) return;
  const last = (await log.append(records)).at(-1);
  if (last === 'fork' || last === 'gap')
    throw new ProtocolError(`sync/${last}`, {
      detail: 'the log refused the state record of a claimed change',
    });
}

function position({ client, clock }: LogRecord): string {
  return `${client}/${clock}`;
}
