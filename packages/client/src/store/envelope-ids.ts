import {
  type DocumentName,
  documentName,
  type LogName,
  type Position,
  parseDocumentName,
} from '@sotto/protocol';

/** Digits of a Yjs client id in hexadecimal: 53 bits. */
const CLIENT_DIGITS = 14;
/** Digits of a clock; a segment ends long before. */
const CLOCK_DIGITS = 8;
const SEGMENT_DIGITS = 6;
/** Digits of how many envelopes a run has. */
const COUNT_DIGITS = 4;

function hex(value: number, digits: number): string {
  const text = value.toString(16).padStart(digits, '0');
  if (!Number.isSafeInteger(value) || value < 0 || text.length > digits)
    throw new RangeError('store: position out of range');
  return text;
}

/** Ids of one segment begin with this, `<log>.<segment>.`, and no others do. */
export function segmentPrefix(document: DocumentName): string {
  const { log, document: parsed } = parseDocumentName(document);
  return `${log}.${String(parsed.segment).padStart(SEGMENT_DIGITS, '0')}.`;
}

/**
 * The PouchDB id of an envelope: fixed widths, so that ids sort by log, segment, client, clock.
 * @throws DecodeError, RangeError
 */
export function envelopeId({ document, client, clock }: Position): string {
  return `${segmentPrefix(document)}${hex(client, CLIENT_DIGITS)}.${hex(clock, CLOCK_DIGITS)}`;
}

/**
 * The PouchDB id of a run of consecutive envelopes of one client that are kept together. It sorts right behind its first
 * envelope's own id.
 * @param first position of the first
 * @throws DecodeError, RangeError
 */
export function runId(first: Position, count: number): string {
  return `${envelopeId(first)}-${hex(count, COUNT_DIGITS)}`;
}

/** Undoes {@link envelopeId} and {@link runId}. `count` is undefined of an envelope kept by itself. */
export function parseEnvelopeId(id: string): { position: Position; count: number | undefined } {
  const [kind, owner, segment, client, clocks] = id.split('.');
  const [clock, count] = clocks!.split('-');
  const position = {
    document: documentName(`${kind}.${owner}` as LogName, Number(segment)),
    client: Number.parseInt(client!, 16),
    clock: Number.parseInt(clock!, 16),
  };
  return { position, count: count === undefined ? undefined : Number.parseInt(count, 16) };
}
