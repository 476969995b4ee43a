import * as v from 'valibot';
import type { AccountId, ConversationId, DeviceId, EventId } from '../ids.js';
import { parseId } from '../ids.js';
import { fromBase64url } from './base64url.js';

function valid(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

const id = v.pipe(
  v.string(),
  v.check((text) => valid(() => parseId(text)), 'not an id'),
);

/** Ids in their canonical spelling. */
export const accountId = v.pipe(
  id,
  v.transform((text) => text as AccountId),
);
export const deviceId = v.pipe(
  id,
  v.transform((text) => text as DeviceId),
);
export const conversationId = v.pipe(
  id,
  v.transform((text) => text as ConversationId),
);
export const eventId = v.pipe(
  id,
  v.transform((text) => text as EventId),
);

/** Binary in JSON: canonical base64url, parsed to bytes. `most` bounds it in bytes. */
export function binary(most: number) {
  return v.pipe(
    v.string(),
    v.maxLength(Math.ceil((most * 4) / 3)),
    v.check((text) => valid(() => fromBase64url(text)), 'not base64url'),
    v.transform((text) => fromBase64url(text)),
  );
}

/** Binary in JSON of exactly this many bytes. */
export function binaryOf(length: number) {
  return v.pipe(
    binary(length),
    v.check((bytes) => bytes.length === length, 'wrong length'),
  );
}

/** Binary in CBOR, `most` bytes at most. */
export function bytes(most: number) {
  return v.pipe(
    v.instance(Uint8Array),
    v.check((value) => value.length <= most, 'too long'),
  );
}

/** Binary in CBOR of exactly this many bytes. */
export function bytesOf(length: number) {
  return v.pipe(
    v.instance(Uint8Array),
    v.check((value) => value.length === length, 'wrong length'),
  );
}

/** A count, version, time in milliseconds or number of a thing. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
