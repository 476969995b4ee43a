import * as v from 'valibot';
import { ERROR_CODES, type ErrorCode, isErrorCode } from '../errors/codes.js';
import { ProtocolError } from '../errors/protocol-error.js';

/** `application/problem+json` (RFC 9457). `type` is `urn:sotto:error:<code>`; `code` repeats it for programs. */
export const problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  code: v.string(),
  /** Milliseconds to wait before trying again. */
  retryAfterMs: v.optional(v.number()),
});
export type Problem = v.InferOutput<typeof problem>;

/** The body that a server sends for an error. */
export function toProblem(error: ProtocolError): Problem {
  return {
    type: `urn:sotto:error:${error.code}`,
    title: error.code,
    status: ERROR_CODES[error.code].status,
    code: error.code,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
}

/** The error in a response body; anything unreadable or unknown counts as the service being unavailable. */
export function fromProblem(body: unknown): ProtocolError {
  const result = v.safeParse(problem, body);
  if (!result.success || !isErrorCode(result.output.code)) return new ProtocolError('service/unavailable');
  const { retryAfterMs } = result.output;
  const code: ErrorCode = result.output.code;
  return new ProtocolError(code, retryAfterMs === undefined ? {} : { retryAfterMs });
}
