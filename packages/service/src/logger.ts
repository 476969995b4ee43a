import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { pino } from 'pino';

export type Logger = PinoLogger;

export interface LoggerOptions {
  /** Which service speaks. */
  readonly name: string;
  readonly level?: string;
  /** Where lines go; the standard output unless told. */
  readonly destination?: DestinationStream;
}

/** Fields that never reach a line, whatever was logged. */
const SECRET_FIELDS = [
  'authorization',
  'Authorization',
  'cookie',
  'Cookie',
  'set-cookie',
  'Set-Cookie',
  'token',
  'accessToken',
  'refreshToken',
  'password',
  'authKey',
  'vault',
];
/** How deep inside a logged object they are looked for. */
const DEPTH = 4;

function pathsTo(field: string): string[] {
  return Array.from(
    { length: DEPTH },
    (_, depth) => `${'*.'.repeat(depth).slice(0, -1)}${JSON.stringify([field])}`,
  );
}

/** JSON lines (pino), with secrets left out by field name and errors reduced to what is ours. */
export function createLogger({ name, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    name,
    level,
    redact: { paths: SECRET_FIELDS.flatMap(pathsTo), censor: '[secret]' },
    serializers: { err: describeError },
  };
  return destination ? pino(options, destination) : pino(options);
}

interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack: string | undefined;
  readonly cause?: ErrorDescription;
}

/** An error's fields by name: whatever else a library hung on it (a request, a body) stays out. */
function describeError(error: unknown): ErrorDescription | unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    ...('code' in error && { code: error.code }),
    stack,
    ...(cause instanceof Error && { cause: describeError(cause) }),
  };
}
