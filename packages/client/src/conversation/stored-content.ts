import type { DeviceId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, idBytes, LIMITS, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { parsing } from './errors.js';
import { MAX_EVENT_BYTES } from './event.js';
import { type DistributionId, deviceField, distributionIdField, uint32Field } from './fields.js';
import { SHORT_HASH_BYTES } from './hash.js';

/** Opened: what the timeline folds, and what later envelopes are checked against. */
export interface OpenContent {
  readonly status: 'open';
  readonly device: DeviceId;
  readonly generation: number;
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly epoch: number;
  readonly iteration: number;
  /** For `decodeEvent`; kept whole, also where this program does not know the type. */
  readonly event: Uint8Array;
  /** Written by this device. */
  readonly own: boolean;
}

/** Its chain has not come yet: the envelope as the server has it. */
export interface WaitingContent {
  readonly status: 'waiting';
  readonly device: DeviceId;
  readonly sealed: Uint8Array;
  readonly distributionId: DistributionId;
}

/** Never to be shown; kept, so that the feed's position is known and the reason can be counted. */
export interface RefusedContent {
  readonly status: 'refused';
  readonly device: DeviceId;
  /** A `conversation/...` code. */
  readonly reason: string;
}

/** A signed event of the state log, verified or not: for `decodeSignedStateEvent`. */
export interface StateContent {
  readonly status: 'state';
  readonly device: DeviceId;
  readonly signed: Uint8Array;
}

/** An envelope of the state log whose state key has not come yet, as the server has it. */
export interface SealedStateContent {
  readonly status: 'sealed';
  readonly device: DeviceId;
  readonly sealed: Uint8Array;
}

/** What `StoredEnvelope.content` holds (before the store seals it). */
export type StoredContent = OpenContent | WaitingContent | RefusedContent | StateContent | SealedStateContent;

const version = { v: v.literal(1), device: deviceField };

const content = v.variant('status', [
  v.strictObject({
    ...version,
    status: v.literal('open'),
    generation: uint32Field,
    seq: schemas.count,
    prev: schemas.bytesOf(SHORT_HASH_BYTES),
    epoch: uint32Field,
    iteration: uint32Field,
    event: schemas.bytes(MAX_EVENT_BYTES),
    own: v.boolean(),
  }),
  v.strictObject({
    ...version,
    status: v.literal('waiting'),
    sealed: schemas.bytes(LIMITS.envelopeBytes),
    distributionId: distributionIdField,
  }),
  v.strictObject({ ...version, status: v.literal('refused'), reason: v.pipe(v.string(), v.maxLength(64)) }),
  v.strictObject({ ...version, status: v.literal('state'), signed: schemas.bytes(LIMITS.envelopeBytes) }),
  v.strictObject({ ...version, status: v.literal('sealed'), sealed: schemas.bytes(LIMITS.envelopeBytes) }),
]);

export function encodeStoredContent(stored: StoredContent): Uint8Array<ArrayBuffer> {
  const ids = stored.status === 'waiting' ? { distributionId: idBytes(stored.distributionId) } : {};
  return encodeCbor({ ...stored, v: 1, device: idBytes(stored.device), ...ids });
}

/** @throws ConversationError `conversation/malformed` */
export function decodeStoredContent(bytes: Uint8Array): StoredContent {
  return parsing('stored content', () => {
    const { v: _, ...stored } = decodeCbor(content, bytes);
    return stored;
  });
}
