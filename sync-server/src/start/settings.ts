import { schemas } from '@sotto/protocol';
import { ConfigError, portField, readConfig, wholeNumberField } from '@sotto/service';
import type { CouchSettings } from '@sotto/store';
import { couchSettingsFrom, STORE_SCHEMES } from '@sotto/store';
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
  STORE_URL: v.optional(
    v.pipe(
      addressField(STORE_SCHEMES),
      v.check(({ pathname }) => pathname.startsWith('/'), 'names no absolute path'),
    ),
  ),
  COUCHDB_URL: v.optional(v.string()),
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

/** Where the stores are. */
export type StoreSettings = { readonly url: URL } | { readonly couch: CouchSettings };

/** What a sync server is told by its environment; README.md says what each means. */
export type SyncSettings = Omit<v.InferOutput<typeof settings>, 'STORE_URL' | 'COUCHDB_URL'> & {
  readonly store: StoreSettings;
};

/** @throws ConfigError with every mistake at once, never with a value */
export function readSyncSettings(env: Readonly<Record<string, string | undefined>>): SyncSettings {
  const { STORE_URL: url, COUCHDB_URL: couch, ...others } = readConfig(settings, env);
  if (url && couch) throw new ConfigError(['STORE_URL and COUCHDB_URL: there is one store']);
  if (url) return { ...others, store: { url } };
  if (couch) return { ...others, store: { couch: readCouchSettings(env) } };
  throw new ConfigError(['STORE_URL is missing, and COUCHDB_URL too']);
}

/** @throws ConfigError */
function readCouchSettings(env: Readonly<Record<string, string | undefined>>): CouchSettings {
  try {
    return couchSettingsFrom(env);
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError([error.message]);
    throw error;
  }
}

/** @returns undefined for what is no JSON: the parser's own error quotes it */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
