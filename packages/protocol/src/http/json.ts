import { toBase64url } from '../bytes/base64url.js';

/** A body as schemas describe it, ready for JSON: bytes become base64url, at any depth. */
export function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return toBase64url(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]));
}
