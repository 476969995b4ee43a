import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DocumentName } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { WebSocket, WebSocketServer } from 'ws';
import type { DocumentToken } from '../access/tokens.js';
import type { Parts } from '../parts.js';
import { asProtocolError, closeCode, closeSocket } from '../transport/closing.js';
import { encodeStockDenied } from './messages.js';

export interface StockUpgrade {
  readonly webSockets: WebSocketServer;
  readonly parts: Parts;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/**
 * Verifies the token in the subprotocol before the handshake is finished. A refused provider gets its handshake all the
 * same, and then a close code: without one it would come back for ever.
 */
export function joinStock(
  upgrade: StockUpgrade,
  document: DocumentName,
  joined: (socket: WebSocket, token: DocumentToken) => void,
): void {
  const { webSockets, parts, request, socket, head } = upgrade;
  const gone = () => socket.destroy();
  socket.on('error', gone);
  const finish = (act: (ws: WebSocket) => void) => {
    socket.off('error', gone);
    if (!socket.destroyed) webSockets.handleUpgrade(request, socket, head, act);
  };
  readToken(parts, request, document).then(
    (token) => finish((ws) => joined(ws, token)),
    (error) => finish((ws) => refuse(ws, asProtocolError(error, parts.logger), parts)),
  );
}

async function readToken(
  { tokens }: Parts,
  request: IncomingMessage,
  document: DocumentName,
): Promise<DocumentToken> {
  const token = await tokens.document(request.headers['sec-websocket-protocol'] ?? '');
  if (token.document !== document)
    throw new ProtocolError('auth/token-invalid', { detail: 'another document' });
  return token;
}

function refuse(socket: WebSocket, error: ProtocolError, { limits }: Parts): void {
  // The connection may break while it is being closed.
  socket.on('error', () => socket.terminate());
  socket.send(encodeStockDenied(error.code), { binary: true });
  closeSocket(socket, closeCode(error), limits.closingMs);
}
