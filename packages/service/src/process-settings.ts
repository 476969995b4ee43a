import * as v from 'valibot';
import { ConfigError, wholeNumberField } from './config.js';

/** What is logged. */
export const levelField = v.picklist(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

/** An address whose scheme is one of these, with its colon. */
export function addressField(schemes: readonly string[]) {
  return v.pipe(
    v.string(),
    v.check((text) => URL.canParse(text), 'is no address'),
    v.transform((text) => new URL(text)),
    v.check(({ protocol }) => schemes.includes(protocol), `begins with none of ${schemes.join(' ')}`),
  );
}

/** Under which people reach Sotto: scheme, name and port. */
export const originField = v.pipe(
  v.string(),
  v.check(isOrigin, 'is no origin such as https://chat.example'),
  v.transform((text) => new URL(text).origin),
);

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === '/' && search + hash + username === '';
}

/** Settings that every server process has. `PORT` and `OTEL_SERVICE_NAME` have a default of their own in each. */
export const processFields = {
  HOST: v.optional(v.string()),
  LOG_LEVEL: v.optional(levelField, 'info'),
  DRAIN_DELAY_MS: v.optional(wholeNumberField, '0'),
  DRAIN_TIMEOUT_MS: v.optional(wholeNumberField, '20000'),
  OTEL_EXPORTER_OTLP_ENDPOINT: v.optional(addressField(['http:', 'https:'])),
};

/**
 * Reads parts of the settings and says the mistakes of all of them at once.
 * @param parts each throws ConfigError, or a RangeError whose message names the setting and no value
 * @throws ConfigError
 */
export function readTogether<const T extends readonly (() => object)[]>(
  ...parts: T
): { [K in keyof T]: ReturnType<T[K]> } {
  const mistakes: string[] = [];
  const read = parts.map((part) => {
    try {
      return part();
    } catch (error) {
      if (error instanceof ConfigError) mistakes.push(...error.mistakes);
      else if (error instanceof RangeError) mistakes.push(error.message);
      else throw error;
      return {};
    }
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return read as { [K in keyof T]: ReturnType<T[K]> };
}
