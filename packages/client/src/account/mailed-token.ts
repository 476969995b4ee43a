import { DecodeError, fromBase64url, ProtocolError } from '@sotto/protocol';

/**
 * The token of a mailed link, from its spelling.
 * @throws ProtocolError `auth/link-unknown` for what no link ever held
 */
export function readToken(text: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64url(text);
  } catch (error) {
    if (error instanceof DecodeError) throw new ProtocolError('auth/link-unknown');
    throw error;
  }
}
