import { ProtocolError, toProblem } from '@sotto/protocol';
import type { NextFunction, Request, Response } from 'express';
import { noteErrorCode, requestLogger } from './request-log.js';

export function answerNotFound(_request: Request, response: Response): void {
  sendProblem(response, new ProtocolError('auth/not-found'));
}

/** Express knows an error handler by its four parameters. */
export function answerErrors(
  error: unknown,
  _request: Request,
  response: Response,
  next: NextFunction,
): void {
  const known = toProtocolError(error);
  if (known.status >= 500) requestLogger(response).error({ err: error }, 'request failed');
  if (response.headersSent) {
    // Too late to say anything: express cuts the connection.
    next(known);
    return;
  }
  sendProblem(response, known);
}

function sendProblem(response: Response, error: ProtocolError): void {
  noteErrorCode(response, error.code);
  if (error.retryAfterMs !== undefined)
    response.setHeader('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)));
  response
    .status(error.status)
    .type('application/problem+json')
    .send(JSON.stringify(toProblem(error)));
}

/** What the JSON parser and the router throw carries an HTTP status; what carries none is a defect or an outage. */
function toProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413) return new ProtocolError('request/too-large');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ProtocolError('request/invalid');
  return new ProtocolError('service/unavailable');
}
