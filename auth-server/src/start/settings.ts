import { schemas } from '@sotto/protocol';
import {
  originField,
  portField,
  processFields,
  readConfig,
  readTogether,
  tokenKeyField,
  wholeNumberField,
} from '@sotto/service';
import type { StoreSettings } from '@sotto/store';
import { storeSettingsFrom } from '@sotto/store';
import * as v from 'valibot';

const settings = v.object({
  ...processFields,
  SOTTO_ORIGIN: originField,
  SOTTO_TOKEN_KEY: tokenKeyField,
  SOTTO_PRELOGIN_KEY: schemas.binaryOf(32),
  SOTTO_REFRESH_KEY: schemas.binaryOf(32),
  TRUSTED_PROXIES: v.optional(wholeNumberField, '0'),
  PORT: v.optional(portField, '8082'),
  OTEL_SERVICE_NAME: v.optional(v.string(), 'sotto-auth-server'),
});

/** What an auth server is told by its environment; README.md says what each means. */
export type AuthSettings = v.InferOutput<typeof settings> & { readonly store: StoreSettings };

/** @throws ConfigError with every mistake at once, never with a value */
export function readAuthSettings(env: Readonly<Record<string, string | undefined>>): AuthSettings {
  const [own, store] = readTogether(
    () => readConfig(settings, env),
    () => storeSettingsFrom(env),
  );
  return { ...own, store };
}
