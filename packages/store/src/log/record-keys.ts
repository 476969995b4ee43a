import type { DocumentName, LogName, Position } from '@sotto/protocol';
import { parseDocumentName } from '@sotto/protocol';

/** Half-open range of keys. */
export interface KeyRange {
  readonly gte: string;
  readonly lt: string;
}

const SEGMENT_DIGITS = 6;
/** As many as 2^53 has. */
const NUMBER_DIGITS = 16;
/** The character after the separator: what ends a range. */
const AFTER = '0';

const padded = (value: number, digits: number) => String(value).padStart(digits, '0');

/**
 * `<log>/<segment>/`: what the keys of one document begin with. Numbers are padded so that keys sort as they count.
 * @throws DecodeError when it is no document name
 */
export function documentPrefix(document: DocumentName): string {
  const { log, document: place } = parseDocumentName(document);
  return `${log}/${padded(place.segment, SEGMENT_DIGITS)}/`;
}

/** `<log>/<segment>/<client>`: sorts before all records of this client and after those of every lower one. */
export function feedPrefix(prefix: string, client: number): string {
  return prefix + padded(client, NUMBER_DIGITS);
}

/** `<log>/<segment>/<client>/<clock>`. */
export function recordKey(prefix: string, { client, clock }: Pick<Position, 'client' | 'clock'>): string {
  return `${feedPrefix(prefix, client)}/${padded(clock, NUMBER_DIGITS)}`;
}

/** Client and clock in a key that {@link recordKey} made. */
export function parseRecordKey(key: string): { client: number; clock: number } {
  const [client, clock] = key.slice(-(2 * NUMBER_DIGITS + 1)).split('/');
  return { client: Number(client), clock: Number(clock) };
}

export function documentRange(prefix: string): KeyRange {
  return { gte: prefix, lt: prefix.slice(0, -1) + AFTER };
}

export function logRange(log: LogName): KeyRange {
  return { gte: `${log}/`, lt: log + AFTER };
}

/** Segment in a key of this log. */
export function segmentOf(log: LogName, key: string): number {
  return Number(key.slice(log.length + 1, log.length + 1 + SEGMENT_DIGITS));
}
