/** Characters that `String.fromCharCode` takes at once without exhausting the stack. */
const CHUNK = 8_192;

/** Base64 (RFC 4648 section 4) by the engine's own coder: a segment has hundreds of bodies. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

/** Undoes {@link toBase64}. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
