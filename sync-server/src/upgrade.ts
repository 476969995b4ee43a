import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DocumentName } from '@sotto/protocol';
import { DecodeError, parseDocumentName } from '@sotto/protocol';

const PATH = '/sync';

/** What an upgrade asks for: the multiplexed socket (`all`), one document, or nothing that is here. */
export function requestedDocument(request: IncomingMessage): DocumentName | 'all' | 'none' {
  const [path = ''] = (request.url ?? '').split('?');
  if (path === PATH) return 'all';
  if (!path.startsWith(`${PATH}/`)) return 'none';
  try {
    return parseDocumentName(path.slice(PATH.length + 1)).name;
  } catch (error) {
    if (error instanceof DecodeError) return 'none';
    throw error;
  }
}

/** Answers an upgrade with an HTTP status instead. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  // The other side may be gone already; there is nobody to tell.
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    () => socket.destroy(),
  );
}
