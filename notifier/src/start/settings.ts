import { addressField, portField, processFields, readConfig, readTogether } from '@sotto/service';
import type { StoreSettings } from '@sotto/store';
import { storeSettingsFrom } from '@sotto/store';
import * as v from 'valibot';

const settings = v.object({
  ...processFields,
  SMTP_URL: v.pipe(
    addressField(['smtp:', 'smtps:']),
    v.check(({ hostname }) => hostname !== '', 'names no mail server'),
  ),
  SMTP_FROM: v.pipe(
    v.string(),
    v.regex(/^(?:[^<>\r\n]+ <[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/, 'is no sender'),
  ),
  PORT: v.optional(portField, '8083'),
  OTEL_SERVICE_NAME: v.optional(v.string(), 'sotto-notifier'),
});

/** What a notifier is told by its environment; README.md says what each means. */
export type NotifierSettings = v.InferOutput<typeof settings> & { readonly store: StoreSettings };

/** @throws ConfigError with every mistake at once, never with a value */
export function readNotifierSettings(env: Readonly<Record<string, string | undefined>>): NotifierSettings {
  const [own, store] = readTogether(
    () => readConfig(settings, env),
    () => storeSettingsFrom(env),
  );
  return { ...own, store };
}
