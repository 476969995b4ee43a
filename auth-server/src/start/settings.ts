import { schemas } from '@sotto/protocol';
import {
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
  SOTTO_ORIGIN: v.pipe(
    v.string(),
    v.check(isOrigin, 'is no origin such as https://chat.example'),
    v.transform((text) => new URL(text).origin),
  ),
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

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === '/' && search + hash + username === '';
}
