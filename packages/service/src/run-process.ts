import { ConfigError } from './config.js';
import type { Logger } from './logger.js';
import { createLogger } from './logger.js';
import type { ShutdownStep } from './shutdown.js';
import { onShutdown } from './shutdown.js';

/** Exit codes, besides 0 after an orderly end and 1 after one that was not. */
export const EXIT = {
  /** It could not start: the store, the port. */
  start: 1,
  /** The environment does not say what is needed. */
  settings: 2,
} as const;

/** What a process has begun. */
export interface Started {
  /** Where it listens, if it does. */
  readonly port?: number;
  /** What is to be done at the end, in this order. */
  readonly closing: readonly ShutdownStep[];
}

export interface Process<Settings> {
  readonly name: string;
  /** @throws ConfigError */
  readonly settings: (
    env: NodeJS.ProcessEnv,
  ) => Settings & { readonly LOG_LEVEL: string; readonly DRAIN_TIMEOUT_MS: number };
  readonly start: (settings: Settings, logger: Logger) => Promise<Started>;
  /** Whether an error of `start` says all there is to say in its message, and nothing secret: of a store its path and code. */
  readonly isTelling?: (error: unknown) => boolean;
}

/** Runs a process from its environment until SIGTERM or SIGINT; ends it with a code of {@link EXIT} when it can't start. */
export async function runProcess<Settings>(what: Process<Settings>): Promise<void> {
  try {
    const settings = what.settings(process.env);
    const logger = createLogger({ name: what.name, level: settings.LOG_LEVEL });
    try {
      const { port, closing } = await what.start(settings, logger);
      onShutdown(closing, { logger, timeoutMs: settings.DRAIN_TIMEOUT_MS });
      logger.info({ ...(port !== undefined && { port }) }, 'ready');
    } catch (error) {
      const telling = what.isTelling?.(error) || isSystemError(error);
      if (telling) process.stderr.write(`${what.name} cannot start: ${(error as Error).message}\n`);
      else logger.fatal({ err: error }, 'cannot start');
      process.exit(EXIT.start);
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(error.mistakes.map((mistake) => `${what.name}: ${mistake}\n`).join(''));
    process.exit(EXIT.settings);
  }
}

/** Of a port its number: no secret is in it. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
