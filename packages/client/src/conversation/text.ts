import { ConversationError } from './errors.js';

/** Most bytes of UTF-8 in one message: a 20 kB text fits, and three of them in an update. */
export const MAX_TEXT_BYTES = 24_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Size of a text in UTF-8, in bytes: what {@link MAX_TEXT_BYTES} bounds. A lone surrogate counts 3. */
export function textBytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}

/**
 * The text's UTF-8, exactly as it stands: nothing is normalised, trimmed or replaced.
 * @throws ConversationError `conversation/text-malformed` on a lone surrogate, `conversation/text-too-long`
 */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  if (/\p{Surrogate}/u.test(text))
    throw new ConversationError('conversation/text-malformed', 'lone surrogate');
  if (textBytes(text) > MAX_TEXT_BYTES)
    throw new ConversationError('conversation/text-too-long', `more than ${MAX_TEXT_BYTES} bytes`);
  return encoder.encode(text);
}

/**
 * Undoes {@link encodeText}; a leading byte order mark is text like any other.
 * @throws ConversationError `conversation/malformed` when it is not UTF-8, `conversation/text-too-long`
 */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length > MAX_TEXT_BYTES)
    throw new ConversationError('conversation/text-too-long', 'received text');
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ConversationError('conversation/malformed', 'text is not UTF-8');
  }
}
