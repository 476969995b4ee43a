import type { ErrorCode } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Logger } from '@sotto/service';
import type { WebSocket } from 'ws';

/** Close codes of SPEC W12 that are not 4000 + a status. */
export const CLOSE = { draining: 1012, tryLater: 1013, silent: 4408 } as const;

/** What ends a connection wherever it happens (SPEC S8); everything else refuses one request. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'sync/malformed',
  'sync/version',
  'sync/fork',
  'sync/lease-stale',
  'auth/token-invalid',
  'auth/session-invalid',
]);

export function isFatal(error: ProtocolError): boolean {
  return FATAL.has(error.code);
}

/** The close code for an error. */
export function closeCode(error: ProtocolError): number {
  return error.retry === 'later' ? CLOSE.tryLater : 4_000 + error.status;
}

/** What a device is told of a failure; one that nobody foresaw is logged and becomes `service/unavailable`. */
export function asProtocolError(error: unknown, logger: Logger): ProtocolError {
  if (error instanceof ProtocolError) return error;
  logger.error({ err: error }, 'sync: unforeseen failure');
  return new ProtocolError('service/unavailable');
}

/** Closes, and cuts the socket when the other side does not answer the handshake in time. */
export function closeSocket(socket: WebSocket, code: number, closingMs: number): void {
  // A paused socket would never see the answer.
  if (socket.isPaused) socket.resume();
  socket.close(code);
  const timer = setTimeout(() => socket.terminate(), closingMs);
  socket.once('close', () => clearTimeout(timer));
}
