import type { IncomingMessage } from 'node:http';
import { ProtocolError } from '@sotto/protocol';

/**
 * Reads a body of exactly this many bytes; nothing is read of one that says that it has another length.
 * @throws ProtocolError `attachment/mismatch`, or `request/invalid` when it breaks off
 */
export async function readBody(request: IncomingMessage, length: number): Promise<Uint8Array> {
  if (request.headers['content-encoding'] !== undefined) throw new ProtocolError('request/invalid');
  const stated = request.headers['content-length'];
  if (stated !== undefined && Number(stated) !== length) throw new ProtocolError('attachment/mismatch');
  const bytes = new Uint8Array(length);
  let filled = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      if (filled + part.length > length) throw new ProtocolError('attachment/mismatch');
      bytes.set(part, filled);
      filled += part.length;
    }
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError('request/invalid', { detail: 'the body broke off', cause: error });
  }
  if (filled < length) throw new ProtocolError('attachment/mismatch');
  return bytes;
}
