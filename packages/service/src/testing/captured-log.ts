import type { Logger } from '../logger.js';
import { createLogger } from '../logger.js';

export interface CapturedLog {
  readonly logger: Logger;
  /** Lines so far, as the objects that they hold. */
  lines(): Record<string, unknown>[];
  text(): string;
}

/** A logger of the real kind whose lines can be looked at. */
export function capturedLog(level = 'trace'): CapturedLog {
  let text = '';
  const destination = {
    write(line: string) {
      text += line;
    },
  };
  return {
    logger: createLogger({ name: 'test', level, destination }),
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => text,
  };
}
