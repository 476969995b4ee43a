import { schemas } from '@sotto/protocol';
import { portField, readConfig, wholeNumberField } from '@sotto/service';
import { STORE_SCHEMES } from '@sotto/store';
import * as v from 'valibot';

/** A claim that nobody owns: reading it says whether the store answers. */
export const PROBE = 'probe:ready';

/** An address whose scheme is one of these. */
function addressField(schemes: readonly string[]) {
  return v.pipe(
    v.string(),
    v.check((text) => URL.canParse(text), 'is no address'),
    v.transform((text) => new URL(text)),
    v.check(({ protocol }) => schemes.includes(protocol), `begins with none of ${schemes.join(' ')}`),
  );
}

const tokenPublicKey = v.pipe(
  v.string(),
  v.transform(parseJson),
  v.strictObject(
    { kty: v.literal('OKP'), crv: v.literal('Ed25519'), x: v.string() },
    'is not an Ed25519 public key as a JWK (kty, crv and x, nothing else)',
  ),
);

/** What is logged. */
export const levelField = v.picklist(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

const settings = v.object({
  STORE_URL: v.pipe(
    addressField(STORE_SCHEMES),
    v.check(({ pathname }) => pathname.startsWith('/'), 'names no absolute path'),
  ),
  SOTTO_TOKEN_PUBLIC_KEY: tokenPublicKey,
  SOTTO_GRANT_KEY: schemas.binaryOf(32),
  REDIS_URL: v.optional(addressField(['redis:', 'rediss:'])),
  PORT: v.optional(portField, '8081'),
  HOST: v.optional(v.string()),
  LOG_LEVEL: v.optional(levelField, 'info'),
  RETURN_MS: v.optional(wholeNumberField, '2000'),
  DRAIN_DELAY_MS: v.optional(wholeNumberField, '0'),
  DRAIN_TIMEOUT_MS: v.optional(wholeNumberField, '20000'),
  OTEL_EXPORTER_OTLP_ENDPOINT: v.optional(addressField(['http:', 'https:'])),
  OTEL_SERVICE_NAME: v.optional(v.string(), 'sotto-sync-server'),
});

/** What a sync server is told by its environment; README.md says what each means. */
export type SyncSettings = v.InferOutput<typeof settings>;

/** @throws ConfigError with every mistake at once, never with a value */
export function readSyncSettings(env: Readonly<Record<string, string | undefined>>): SyncSettings {
  return readConfig(settings, env);
}

/** @returns undefined for what is no JSON: the parser's own error quotes it */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
