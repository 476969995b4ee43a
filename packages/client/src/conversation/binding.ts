import type { ConversationId, Position } from '@sotto/protocol';
import {
  ByteReader,
  ByteWriter,
  documentName,
  idBytes,
  idFromBytes,
  logName,
  MAX_SEGMENT,
  parseDocumentName,
} from '@sotto/protocol';
import { ConversationError, parsing } from './errors.js';
import { SHORT_HASH_BYTES } from './hash.js';
import { padToBucket, unpadBucket } from './padding.js';

/** The logs that sender chains seal: messages and receipts. */
export type ChainLog = 'm' | 'r';

/** What an envelope says of its own place, under its author's signature (SPEC X7). */
export interface Binding {
  readonly conversation: ConversationId;
  readonly log: ChainLog;
  readonly segment: number;
  readonly epoch: number;
  /** Yjs client id. */
  readonly client: number;
  /** Yjs clock: the place in the feed within the segment. */
  readonly clock: number;
  /** Place in the author's feed across segments: from 0 in each log and generation. */
  readonly seq: number;
  /** Hash of the author's previous event in this log, 16 bytes; zeros where there is none. */
  readonly prev: Uint8Array;
  /** The state head that the author knew, 16 bytes. */
  readonly stateHead: Uint8Array;
  /** Version of the author's own device list that its device knew. */
  readonly listVersion: number;
}

export const BINDING_VERSION = 1;

/** Binding and event, as they are before padding. */
export function encodeBound(binding: Binding, event: Uint8Array): Uint8Array<ArrayBuffer> {
  if (binding.prev.length !== SHORT_HASH_BYTES || binding.stateHead.length !== SHORT_HASH_BYTES)
    throw new RangeError('binding: hashes of 16 bytes expected');
  return new ByteWriter(event.length + 96)
    .byte(BINDING_VERSION)
    .byte(binding.log.charCodeAt(0))
    .raw(idBytes(binding.conversation))
    .varUint(binding.segment)
    .varUint(binding.epoch)
    .varUint(binding.client)
    .varUint(binding.clock)
    .varUint(binding.seq)
    .raw(binding.prev)
    .raw(binding.stateHead)
    .varUint(binding.listVersion)
    .raw(event)
    .finish();
}

/**
 * The plaintext of a sender-key message: binding and event, padded to a bucket.
 * @throws ConversationError `conversation/too-large`
 */
export function encodeBinding(binding: Binding, event: Uint8Array): Uint8Array<ArrayBuffer> {
  return padToBucket(encodeBound(binding, event));
}

/**
 * Takes such a plaintext apart.
 * @returns the binding, not yet compared with anything, and the event's bytes
 * @throws ConversationError `conversation/malformed`, `conversation/version`
 */
export function decodeBinding(plaintext: Uint8Array): { binding: Binding; event: Uint8Array<ArrayBuffer> } {
  const content = unpadBucket(plaintext);
  if (content[0] !== BINDING_VERSION) throw new ConversationError('conversation/version', 'binding');
  return parsing('binding', () => {
    const reader = new ByteReader(content.subarray(1));
    const binding: Binding = {
      log: readLog(reader.byte()),
      conversation: idFromBytes<ConversationId>(reader.take(16)),
      segment: bounded(reader.varUint(), MAX_SEGMENT),
      epoch: bounded(reader.varUint(), 0xffff_ffff),
      client: reader.varUint(),
      clock: reader.varUint(),
      seq: reader.varUint(),
      prev: reader.take(SHORT_HASH_BYTES).slice(),
      stateHead: reader.take(SHORT_HASH_BYTES).slice(),
      listVersion: reader.varUint(),
    };
    return { binding, event: content.slice(1 + reader.position) };
  });
}

/** The position that a binding claims. */
export function boundPosition(binding: Binding): Position {
  return {
    document: documentName(logName(binding.log, binding.conversation), binding.segment),
    client: binding.client,
    clock: binding.clock,
  };
}

/**
 * The place where an envelope of a chain was found.
 * @throws ConversationError `conversation/misplaced` for a log that no chain seals
 */
export function chainPlace(position: Position): {
  log: ChainLog;
  conversation: ConversationId;
  segment: number;
} {
  const { log, segment } = parsing('document name', () => parseDocumentName(position.document)).document;
  if (log.kind !== 'm' && log.kind !== 'r')
    throw new ConversationError('conversation/misplaced', 'not a log of sender chains');
  return { log: log.kind, conversation: log.owner, segment };
}

function readLog(byte: number): ChainLog {
  if (byte === 0x6d) return 'm';
  if (byte === 0x72) return 'r';
  throw new ConversationError('conversation/malformed', 'log kind');
}

function bounded(value: number, most: number): number {
  if (value > most) throw new ConversationError('conversation/malformed', 'binding out of range');
  return value;
}
