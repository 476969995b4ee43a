import type { RawData } from 'ws';

/** A message as a plain Uint8Array: views on a Buffer would be Buffers, which Yjs and codecs refuse. */
export function plainBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data));
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
