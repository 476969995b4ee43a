import type { ByteReader, DocumentName } from '@sotto/protocol';
import { ByteWriter, DecodeError, ProtocolError, parseDocumentName, parseLogName } from '@sotto/protocol';
import type { ChunkPlace } from '../attachments/chunk-store.js';
import { chunkPlace, parseChunkPlace } from '../attachments/chunk-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import type { LevelStores } from '../open-level.js';
import {
  readClaim,
  readRange,
  readRecords,
  readTexts,
  readVector,
  writeClaim,
  writeNumbers,
  writeOutcomes,
  writeRecords,
  writeTexts,
  writeVector,
} from './fields.js';
import type { Heard } from './heard.js';
import { ANSWER, OPERATIONS, PAGE_BYTES, PAGE_CLAIMS, PAGE_ROWS, STATUS } from './operations.js';

/** What a request has to do with: the stores, and what its server was told. */
export interface Asked {
  readonly stores: LevelStores;
  readonly heard: Heard;
}

type Write = (writer: ByteWriter) => void;
/** Reads its fields at once, and does it. Answers a status, or what follows the status of success. */
type Handler = (reader: ByteReader, asked: Asked) => Promise<number | Write>;

const nothing: Write = () => undefined;

function documentIn(reader: ByteReader): DocumentName {
  return parseDocumentName(reader.varString()).name;
}

function placeIn(reader: ByteReader): ChunkPlace {
  return chunkPlace(parseChunkPlace(reader.varString()));
}

/**
 * Appends that were decided before this moment are through: whoever is answered that a claim is confirmed sees whatever was
 * written without knowing of it.
 */
async function confirmed(stores: LevelStores): Promise<Write> {
  await stores.log.settled();
  return nothing;
}

const handlers: Readonly<Record<number, Handler>> = {
  [OPERATIONS.append]: async (reader, { stores, heard }) => {
    const { document, records } = readRecords(reader);
    parseDocumentName(document);
    const isConditional = reader.byte() === 1;
    const count = reader.varUint();
    const prefixes = readTexts(reader);
    reader.end();
    heard.heard(count);
    if (!isConditional) {
      const outcomes = await stores.log.append(records);
      return (writer) => writeOutcomes(writer, outcomes);
    }
    let isCurrent = true;
    const outcomes = await stores.log.append(records, () => {
      isCurrent = heard.isCurrent(count, prefixes);
      return isCurrent;
    });
    return isCurrent ? (writer) => writeOutcomes(writer, outcomes) : STATUS.unheard;
  },
  [OPERATIONS.read]: async (reader, { stores }) => {
    const document = documentIn(reader);
    const have = readVector(reader);
    const most = Math.min(PAGE_BYTES, reader.varUint());
    reader.end();
    const records = await stores.log.read(document, have, most);
    return (writer) => writeRecords(writer, document, records);
  },
  [OPERATIONS.vector]: async (reader, { stores }) => {
    const document = documentIn(reader);
    reader.end();
    const vector = await stores.log.stateVector(document);
    return (writer) => writeVector(writer, vector);
  },
  [OPERATIONS.head]: async (reader, { stores }) => {
    const { name } = parseLogName(reader.varString());
    reader.end();
    const { segment, count } = await stores.log.head(name);
    return (writer) => void writer.varUint(segment).varUint(count);
  },
  [OPERATIONS.claim]: async (reader, { stores }) => {
    const [key, body] = [reader.varString(), reader.varBytes()];
    const confirmWithinMs = reader.varUint();
    reader.end();
    const claim = await stores.claims.claim(key, body, { confirmWithinMs });
    return (writer) => writeClaim(writer, claim);
  },
  [OPERATIONS.own]: async (reader, { stores }) => {
    const [key, body] = [reader.varString(), reader.varBytes()];
    reader.end();
    const claim = await stores.claims.own(key, body);
    await confirmed(stores);
    return (writer) => writeClaim(writer, claim);
  },
  [OPERATIONS.confirm]: async (reader, { stores }) => {
    const claim = readClaim(reader);
    reader.end();
    await stores.claims.confirm(claim);
    return confirmed(stores);
  },
  [OPERATIONS.release]: async (reader, { stores }) => {
    const claim = readClaim(reader);
    reader.end();
    await stores.claims.release(claim);
    return nothing;
  },
  [OPERATIONS.remove]: async (reader, { stores }) => {
    const key = reader.varString();
    const only = reader.byte() === 1 ? readClaim(reader) : undefined;
    reader.end();
    await stores.claims.remove(key, only);
    return nothing;
  },
  [OPERATIONS.eraseLog]: async (reader, { stores }) => {
    const { name } = parseLogName(reader.varString());
    reader.end();
    const erased = await stores.log.erase(name);
    return (writer) => void writer.varUint(erased);
  },
  [OPERATIONS.eraseClaims]: async (reader, { stores }) => {
    const keys = readTexts(reader);
    reader.end();
    await stores.claims.erase(keys);
    return nothing;
  },
  [OPERATIONS.get]: async (reader, { stores }) => {
    const key = reader.varString();
    reader.end();
    const claim = await stores.claims.get(key);
    return (writer) => {
      writer.byte(claim ? 1 : 0);
      if (claim) writeClaim(writer, claim);
    };
  },
  [OPERATIONS.list]: async (reader, { stores }) => {
    const range = readRange(reader);
    reader.end();
    const claims = await stores.claims.list({
      ...range,
      limit: Math.min(PAGE_CLAIMS, range.limit ?? PAGE_CLAIMS),
    });
    return (writer) => {
      writer.varUint(claims.length);
      for (const claim of claims) writeClaim(writer, claim);
    };
  },
  [OPERATIONS.activity]: async (reader, { stores }) => {
    const [since, after] = [reader.varUint(), reader.varString()];
    reader.end();
    const rows = await stores.activity.page(since, after, PAGE_ROWS);
    return (writer) => writeTexts(writer, rows);
  },
  [OPERATIONS.expire]: async (reader, { stores }) => {
    const before = reader.varUint();
    reader.end();
    await stores.activity.expire(before);
    return nothing;
  },
  [OPERATIONS.putChunk]: async (reader, { stores }) => {
    const [place, index, bytes] = [placeIn(reader), reader.varUint(), reader.varBytes()];
    reader.end();
    await stores.chunks.put(place, index, bytes);
    return nothing;
  },
  [OPERATIONS.getChunk]: async (reader, { stores }) => {
    const [place, index] = [placeIn(reader), reader.varUint()];
    reader.end();
    const bytes = await stores.chunks.get(place, index);
    return (writer) => {
      writer.byte(bytes ? 1 : 0);
      if (bytes) writer.varBytes(bytes);
    };
  },
  [OPERATIONS.presentChunks]: async (reader, { stores }) => {
    const [place, count] = [placeIn(reader), reader.varUint()];
    reader.end();
    const present = await stores.chunks.present(place, count);
    return (writer) => writeNumbers(writer, present);
  },
  [OPERATIONS.removeChunks]: async (reader, { stores }) => {
    const [place, count] = [placeIn(reader), reader.varUint()];
    reader.end();
    await stores.chunks.remove(place, count);
    return nothing;
  },
  [OPERATIONS.chunkPlaces]: async (reader, { stores }) => {
    const [prefix, after, limit] = [reader.varString(), reader.varString(), reader.varUint()];
    reader.end();
    const places = await stores.chunks.places({
      ...(after !== '' && { after: after as ChunkPlace }),
      ...{ prefix, limit },
    });
    return (writer) => writeTexts(writer, places);
  },
};

/**
 * Does what a server asks.
 * @returns the answer's payload
 * @throws DecodeError for what no server of this version sends
 */
export async function handleRequest(
  operation: number,
  number: number,
  reader: ByteReader,
  asked: Asked,
): Promise<Uint8Array> {
  const handler = handlers[operation];
  if (!handler) throw new DecodeError('unknown-type', 'operation');
  const outcome = await handler(reader, asked).catch(failure);
  const writer = new ByteWriter(64).byte(ANSWER).varUint(number);
  if (typeof outcome === 'number') return writer.byte(outcome).finish();
  outcome(writer.byte(STATUS.done));
  return writer.finish();
}

function failure(error: unknown): number {
  if (error instanceof ClaimTakenError) return STATUS.taken;
  if (error instanceof ProtocolError && error.code === 'sync/store-unavailable') return STATUS.unavailable;
  throw error;
}
