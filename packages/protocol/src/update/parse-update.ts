import { ByteReader } from '../bytes/reader.js';
import type { DocumentName } from '../documents.js';
import { DecodeError } from '../errors/decode-error.js';
import { LIMITS } from '../limits.js';
import type { FeedStruct, LogRecord } from './struct.js';
import { readStruct } from './struct.js';

/** Consecutive structs of one client in one document. */
export interface Run {
  readonly client: number;
  /** Clock of the first struct. */
  readonly clock: number;
  readonly records: readonly LogRecord[];
  readonly structs: readonly FeedStruct[];
}

/** Bounds that one side sets on what it reads from the other. */
export interface UpdateBounds {
  readonly clients: number;
  readonly structs: number;
  readonly envelopeBytes: number;
}

/** What a server takes from a device: one run of its own. */
export const DEVICE_UPDATE: UpdateBounds = {
  clients: 1,
  structs: LIMITS.updateEnvelopes,
  envelopeBytes: LIMITS.envelopeBytes,
};

/** What a device takes from a server, or a stock provider sends back as its answer: many writers' runs. */
export const ANSWER: UpdateBounds = {
  clients: LIMITS.answerStructs,
  structs: LIMITS.answerStructs,
  envelopeBytes: LIMITS.envelopeBytes,
};

function readRun(reader: ByteReader, document: DocumentName, bounds: UpdateBounds, left: number): Run {
  const count = reader.varUint();
  if (count === 0) throw new DecodeError('update-grammar', 'empty run');
  if (count > left) throw new DecodeError('too-many', 'structs');
  const client = reader.varUint();
  const first = reader.varUint();
  if (!Number.isSafeInteger(first + count)) throw new DecodeError('integer-range');
  const records: LogRecord[] = [];
  const structs: FeedStruct[] = [];
  for (let clock = first; clock < first + count; clock += 1) {
    const { bytes, struct } = slice(reader, client, clock);
    if (struct.envelope.length > bounds.envelopeBytes) throw new DecodeError('too-large', 'envelope');
    records.push({ document, client, clock, body: bytes });
    structs.push(struct);
  }
  return { client, clock: first, records, structs };
}

function slice(reader: ByteReader, client: number, clock: number): { bytes: Uint8Array; struct: FeedStruct } {
  const start = reader.position;
  const struct = readStruct(reader, client, clock);
  return { bytes: reader.since(start), struct };
}

/**
 * Takes a Yjs update (v1) apart by the exact grammar of SPEC U, from its bytes alone: runs of feed structs with their
 * clients in falling order, an empty delete set, minimal integers, nothing trailing.
 * @returns one run a client; empty for the empty update
 * @throws DecodeError on anything else; the update has no effect then
 */
export function parseUpdate(update: Uint8Array, document: DocumentName, bounds: UpdateBounds): Run[] {
  const reader = new ByteReader(update);
  const clients = reader.varUint();
  if (clients > bounds.clients) throw new DecodeError('too-many', 'clients');
  const runs: Run[] = [];
  let left = bounds.structs;
  for (let index = 0; index < clients; index += 1) {
    const run = readRun(reader, document, bounds, left);
    if (index > 0 && run.client >= runs[index - 1]!.client)
      throw new DecodeError('update-grammar', 'clients out of order');
    left -= run.records.length;
    runs.push(run);
  }
  if (reader.varUint() !== 0) throw new DecodeError('update-grammar', 'delete set');
  reader.end();
  return runs;
}
