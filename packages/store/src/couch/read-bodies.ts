import type { DocumentName, LogRecord, Position, StateVector } from '@sotto/protocol';
import { recordKey } from '../log/record-keys.js';
import { unavailable } from './couch-client.js';
import type { CouchDatabase, StoredDocument } from './database.js';
import { parseDocumentId, recordOf } from './record-documents.js';

/** What is to be read of one document. */
export interface BodiesWanted {
  readonly document: DocumentName;
  /** Of the ids of its records. */
  readonly prefix: string;
  /** Next clock of every client, all of it durable. */
  readonly next: StateVector;
  readonly have: StateVector;
  /** Bytes of bodies after which the rest is left. */
  readonly most: number;
}

/** Records of a page; of a bounded read fewer, since all of a page is in memory at once. */
const PAGE = 256;
const BOUNDED_PAGE = 64;
/** So few are asked for one by one. */
const FEW = 16;

/**
 * Reads what `have` lacks, clients and clocks rising. One copy's range gives most of it at once; what that lacks, or has
 * in two versions, is read by quorum.
 */
export async function readBodies(database: CouchDatabase, wanted: BodiesWanted): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  let left = wanted.most;
  for (const page of pages(wanted, wanted.most === Infinity ? PAGE : BOUNDED_PAGE)) {
    const bodies = await readPage(database, wanted.prefix, page);
    for (const position of page) {
      const record = recordOf(position, bodies.get(recordKey(wanted.prefix, position))!);
      found.push(record);
      left -= record.body.length;
      if (left <= 0) return found;
    }
  }
  return found;
}

function* pages({ document, next, have }: BodiesWanted, size: number): Iterable<Position[]> {
  let page: Position[] = [];
  for (const [client, end] of [...next].sort(([a], [b]) => a - b)) {
    for (let clock = have.get(client) ?? 0; clock < end; clock += 1) {
      page.push({ document, client, clock });
      if (page.length < size) continue;
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

async function readPage(
  database: CouchDatabase,
  prefix: string,
  page: readonly Position[],
): Promise<Map<string, StoredDocument>> {
  const ids = page.map((position) => recordKey(prefix, position));
  const bodies = new Map<string, StoredDocument>();
  if (ids.length > FEW) {
    const partition = prefix.slice(0, prefix.indexOf(':'));
    // Feeds that are not wanted may lie between: no more than twice what is wanted is read for nothing.
    const range = { gte: ids[0]!, lt: ids.at(-1)!, limit: 2 * ids.length, bodies: true };
    for (const { id, doc } of await database.range(partition, range)) {
      if (doc && !doc._conflicts && parseDocumentId(id)?.position) bodies.set(id, doc);
    }
  }
  const missing = ids.filter((id) => !bodies.has(id));
  for (const [id, leaves] of await database.getAll(missing)) bodies.set(id, leaves[0]!);
  if (ids.some((id) => !bodies.has(id))) throw unavailable('a feed in the store has a hole');
  return bodies;
}
