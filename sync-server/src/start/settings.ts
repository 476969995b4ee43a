import { schemas } from '@sotto/protocol';
import {
  addressField,
  originField,
  portField,
  processFields,
  readConfig,
  readTogether,
  wholeNumberField,
} from '@sotto/service';
import type { StoreSettings } from '@sotto/store';
import { QUOTA_BYTES, storeSettingsFrom } from '@sotto/store';
import * as v from 'valibot';

const tokenPublicKey = v.pipe(
  v.string(),
  v.transform(parseJson),
  v.strictObject(
    { kty: v.literal('OKP'), crv: v.literal('Ed25519'), x: v.string() },
    'is not an Ed25519 public key as a JWK (kty, crv and x, nothing else)',
  ),
);

const settings = v.object({
  ...processFields,
  SOTTO_TOKEN_PUBLIC_KEY: tokenPublicKey,
  SOTTO_GRANT_KEY: schemas.binaryOf(32),
  REDIS_URL: v.optional(addressField(['redis:', 'rediss:'])),
  PORT: v.optional(portField, '8081'),
  SOTTO_ORIGIN: v.optional(originField),
  ATTACHMENT_QUOTA_BYTES: v.optional(wholeNumberField, String(QUOTA_BYTES)),
  RETURN_MS: v.optional(wholeNumberField, '2000'),
  OTEL_SERVICE_NAME: v.optional(v.string(), 'sotto-sync-server'),
});

/** What a sync server is told by its environment; README.md says what each means. */
export type SyncSettings = v.InferOutput<typeof settings> & { readonly store: StoreSettings };

/** @throws ConfigError with every mistake at once, never with a value */
export function readSyncSettings(env: Readonly<Record<string, string | undefined>>): SyncSettings {
  const [own, store] = readTogether(
    () => readConfig(settings, env),
    () => storeSettingsFrom(env),
  );
  return { ...own, store };
}

/** @returns undefined for what is no JSON: the parser's own error quotes it */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
