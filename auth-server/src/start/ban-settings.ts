import { ConfigError, readTogether } from '@sotto/service';
import type { StoreSettings } from '@sotto/store';
import { storeSettingsFrom } from '@sotto/store';

/** What is to be done to whom. */
export interface BanOrder {
  readonly username: string;
  readonly lift: boolean;
  readonly store: StoreSettings;
}

/**
 * Reads `<username> [--lift]` and where the stores are.
 * @throws ConfigError
 */
export function readBanOrder(
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): BanOrder {
  const [store] = readTogether(() => storeSettingsFrom(env));
  const names = given.filter((word) => word !== '--lift');
  if (names.length !== 1 || names[0]!.startsWith('-'))
    throw new ConfigError(['usage: ban.js <username> [--lift]']);
  return { username: names[0]!, lift: given.includes('--lift'), store };
}
