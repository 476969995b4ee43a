import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import type { DocumentName } from '../documents.js';
import { DecodeError } from '../errors/decode-error.js';

/** ContentBinary, with neither origin, right origin nor parent key: the first item of a feed. */
const FIRST = 0x03;
/** ContentBinary with an origin: every later item. */
const NEXT = 0x83;
/** "The parent is a root, its name follows." */
const ROOT_PARENT = 1;

/** Where one envelope lies: the address that its body is stored under. */
export interface Position {
  readonly document: DocumentName;
  /** Yjs client id of the writer. */
  readonly client: number;
  /** Place in the writer's feed in this document, from 0. */
  readonly clock: number;
}

/** One envelope as the servers store it: its position and the exact bytes of its Yjs struct. */
export interface LogRecord extends Position {
  /** The struct, byte-identical however often and in whatever batch it was sent (SPEC U5). */
  readonly body: Uint8Array;
}

/** A feed's struct taken apart. */
export interface FeedStruct {
  /** Name of the root; only the struct at clock 0 states it. */
  readonly root: string | undefined;
  readonly envelope: Uint8Array;
}

/**
 * The one struct that a feed may hold at this clock (SPEC U2, U3): exactly what Yjs writes when a Uint8Array is pushed
 * to a Y.Array that only this client appends to.
 */
export function encodeStruct(
  root: string,
  client: number,
  clock: number,
  envelope: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(envelope.length + 64);
  if (clock === 0) writer.byte(FIRST).varUint(ROOT_PARENT).varString(root);
  else
    writer
      .byte(NEXT)
      .varUint(client)
      .varUint(clock - 1);
  return writer.varBytes(envelope).finish();
}

/**
 * Reads the struct at (client, clock) and nothing but the one form allowed there.
 * @throws DecodeError `update-grammar` for every other form
 */
export function readStruct(reader: ByteReader, client: number, clock: number): FeedStruct {
  const info = reader.byte();
  if (info !== (clock === 0 ? FIRST : NEXT)) throw new DecodeError('update-grammar', 'struct form');
  if (clock > 0) {
    if (reader.varUint() !== client) throw new DecodeError('update-grammar', 'origin in another feed');
    if (reader.varUint() !== clock - 1) throw new DecodeError('update-grammar', 'origin clock');
    return { root: undefined, envelope: reader.varBytes() };
  }
  if (reader.varUint() !== ROOT_PARENT) throw new DecodeError('update-grammar', 'parent is not a root');
  return { root: reader.varString(), envelope: reader.varBytes() };
}

/** The envelope in a stored record. */
export function openStruct(record: LogRecord): FeedStruct {
  const reader = new ByteReader(record.body);
  const struct = readStruct(reader, record.client, record.clock);
  reader.end();
  return struct;
}
