import type { ErrorCode, Retry } from './codes.js';
import { ERROR_CODES } from './codes.js';

/** A failure with a stable code. The same class on both sides of every wire; a server sends its code, never its stack. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ErrorCode;
  /** Milliseconds to wait at least, where `retry` is `later`. */
  readonly retryAfterMs: number | undefined;

  /**
   * @param code a stable code of SPEC E
   * @param options `detail` in our own words without input or secrets, `retryAfterMs`, and the `cause`
   */
  constructor(code: ErrorCode, options: { detail?: string; retryAfterMs?: number; cause?: unknown } = {}) {
    super(options.detail ? `${code}: ${options.detail}` : code, { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  get retry(): Retry {
    return ERROR_CODES[this.code].retry;
  }

  /** HTTP status for this code. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}
