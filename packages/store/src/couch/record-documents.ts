import type { DocumentName, LogName, LogRecord, Position } from '@sotto/protocol';
import { documentName, parseDocumentName } from '@sotto/protocol';
import { parseRecordKey, recordKey } from '../log/record-keys.js';
import { unavailable } from './couch-client.js';
import type { CouchDocument, StoredDocument } from './database.js';

/*
 * Ids of a log's documents. The part before the colon is the partition, so that a log lies together:
 *   <log>:<segment>/<client>/<clock>   a record: {b: base64 of the body}
 *   <log>:<segment>-<slot>             an entry of the segment's register: {c: client} has a feed here,
 *                                      {f: client} has two bodies at one position and is finished
 * Numbers are padded so that ids sort as they count. Both kinds never change, and their first revisions follow from what is
 * in them, so that writing one twice through different nodes is no conflict.
 */

const SEGMENT_DIGITS = 6;
const SLOT_DIGITS = 6;
const padded = (value: number, digits: number) => String(value).padStart(digits, '0');

/** `<log>:<segment>/`: what ids of a document's records begin with. */
export function recordsPrefix(document: DocumentName): string {
  const { log, document: place } = parseDocumentName(document);
  return `${log}:${padded(place.segment, SEGMENT_DIGITS)}/`;
}

/** Id of entry `slot` in the register of the document whose records begin with `prefix`. */
export function slotId(prefix: string, slot: number): string {
  return `${prefix.slice(0, -1)}-${padded(slot, SLOT_DIGITS)}`;
}

/** Slot in an id that {@link slotId} made. */
export function slotOf(id: string): number {
  return Number(id.slice(-SLOT_DIGITS));
}

/** The range that holds every record and register of a log. */
export function logIds(log: LogName): { gte: string; lt: string } {
  return { gte: `${log}:`, lt: `${log};` };
}

/** What an id says. */
export interface ParsedId {
  readonly document: DocumentName;
  readonly prefix: string;
  /** A record's position in the document; undefined for an entry of the register. */
  readonly position: { readonly client: number; readonly clock: number } | undefined;
}

const ID = /^([a-z]\.[A-Za-z0-9_-]{22}):(\d{6})(?:-\d{6}|\/\d{16}\/\d{16})$/;

/** @returns undefined for an id that is none of ours */
export function parseDocumentId(id: string): ParsedId | undefined {
  const match = ID.exec(id);
  if (!match) return undefined;
  const [, log, segment] = match;
  const prefix = `${log}:${segment}/`;
  const document = documentName(log as LogName, Number(segment));
  return { document, prefix, position: id[prefix.length - 1] === '/' ? parseRecordKey(id) : undefined };
}

export function recordDocument(prefix: string, record: LogRecord): CouchDocument {
  return { _id: recordKey(prefix, record), b: Buffer.from(record.body).toString('base64') };
}

/** Do these hold the same body? */
export function sameRecord(a: CouchDocument, b: CouchDocument): boolean {
  return a.b === b.b;
}

/** Does a record's document hold a body? One that does not was written by no server of ours. */
export function isRecord({ b }: CouchDocument): boolean {
  return typeof b === 'string';
}

/** @throws ProtocolError `sync/store-unavailable` for a document that no server of ours wrote */
export function bodyOf({ b }: CouchDocument): Uint8Array {
  if (typeof b !== 'string') throw unavailable('CouchDB holds a record without a body');
  const bytes = Buffer.from(b, 'base64');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function recordOf(position: Position, stored: StoredDocument): LogRecord {
  return { ...position, body: bodyOf(stored) };
}

/** One entry of a register: a client that has a feed in the document, or one that is finished. */
export type RegisterEntry = { readonly c: number } | { readonly f: number };

export function registerDocument(prefix: string, slot: number, entry: RegisterEntry): CouchDocument {
  return { _id: slotId(prefix, slot), ...entry };
}

/** @returns undefined where it holds nothing that this version knows */
export function registerEntry({ c, f }: CouchDocument): RegisterEntry | undefined {
  if (typeof c === 'number') return { c };
  return typeof f === 'number' ? { f } : undefined;
}
