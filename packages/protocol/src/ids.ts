import { fromBase64url, toBase64url } from './bytes/base64url.js';
import { DecodeError } from './errors/decode-error.js';

type Id<Brand extends string> = string & { readonly __brand: Brand };

/** 16 random bytes in base64url (22 characters), like every id below. */
export type AccountId = Id<'account'>;
export type DeviceId = Id<'device'>;
/** Random for a group; derived from the two accounts for a direct conversation, so that both sides find the same one. */
export type ConversationId = Id<'conversation'>;
/** Random, or derived from what caused the event where it must not double. */
export type EventId = Id<'event'>;
/** A sign-in of one device; ends with sign-out, expiry or a ban. */
export type SessionId = Id<'session'>;

export const ID_BYTES = 16;
/** 128 bits: of the last character, four are none and must be zero. */
const CANONICAL = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/**
 * Reads an id in its one canonical spelling.
 * @example const device = parseId<DeviceId>(text)
 * @throws DecodeError when it is not 16 bytes of canonical base64url
 */
export function parseId<T extends Id<string>>(text: string): T {
  // Servers read several ids of every frame: nothing is decoded to find out that it could be.
  if (!CANONICAL.test(text)) throw new DecodeError('base64url', 'id');
  return text as T;
}

/** The id with these 16 bytes. */
export function idFromBytes<T extends Id<string>>(bytes: Uint8Array): T {
  if (bytes.length !== ID_BYTES) throw new RangeError('id: 16 bytes expected');
  return toBase64url(bytes) as T;
}

/** The 16 bytes of an id. */
export function idBytes(id: Id<string>): Uint8Array<ArrayBuffer> {
  return fromBase64url(id);
}

/** A fresh random id. */
export function randomId<T extends Id<string>>(): T {
  return idFromBytes<T>(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
}
