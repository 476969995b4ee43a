import { isDeepStrictEqual } from 'node:util';
import {
  createAccountApi,
  createCookieJar,
  derivePasswordKeys,
  openVaultWithPassword,
} from '@sotto/client/account';
import { documentName, logName, toBase64url } from '@sotto/protocol';
import { PASSWORD } from '../../people/person.js';
import type { RunningServers } from './running-servers.js';

/** Devices write what they decided within a moment. */
const QUIET_MS = 1_500;
const label = new TextEncoder().encode('Sotto account log v1');

/** Somebody's account log, as the server has it. */
export interface AccountElements {
  /** How much of it there is. */
  vector(): Promise<Map<number, number>>;
  /** The same, once nothing was added for a while. */
  settled(): Promise<Map<number, number>>;
  /**
   * By which of the vault's keys each element was sealed: 0 for the newest, -1 for what none opens.
   * @param have what is not asked for
   */
  generations(have?: Map<number, number>): Promise<number[]>;
}

const derived = new Map<string, ReturnType<typeof derivePasswordKeys>>();

/** A walk asks for one account's again and again, and each derivation takes its time. */
function keysOf(kdf: Parameters<typeof derivePasswordKeys>[1]): ReturnType<typeof derivePasswordKeys> {
  const salt = toBase64url(kdf.salt);
  const keys = derived.get(salt) ?? derivePasswordKeys(PASSWORD, kdf);
  derived.set(salt, keys);
  return keys;
}

export async function accountElements(servers: RunningServers, login: string): Promise<AccountElements> {
  const api = createAccountApi({ origin: servers.origin, cookies: createCookieJar() });
  const { kdf } = await api.prelogin({ login });
  const { authKey, vaultHalf } = await keysOf(kdf);
  const open = async () => {
    const { account, vault } = await api.login({ login, authKey });
    return openVaultWithPassword(vault, { account, kdf, vaultHalf });
  };
  const { account } = await open();
  const document = documentName(logName('a', account), 0);
  const vector = () => servers.stores.log.stateVector(document);
  return {
    vector,
    async settled() {
      for (let last = await vector(); ; ) {
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
        const now = await vector();
        if (isDeepStrictEqual(now, last)) return now;
        last = now;
      }
    },
    async generations(have = new Map()) {
      const { accountLogKeys } = await open();
      const keys = await Promise.all(
        accountLogKeys.map((key) =>
          crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['decrypt']),
        ),
      );
      const records = await servers.stores.log.read(document, have);
      return Promise.all(records.map(({ body }) => generationOf(body, keys)));
    },
  };
}

async function generationOf(struct: Uint8Array, keys: readonly CryptoKey[]): Promise<number> {
  // The envelope is the end of its struct; where it begins, opening tells.
  for (const [generation, key] of keys.entries())
    for (let at = 1; at < Math.min(90, struct.length - 28); at += 1) {
      const envelope = new Uint8Array(struct.slice(at));
      const algorithm = { name: 'AES-GCM', iv: envelope.slice(0, 12), additionalData: label };
      const opens = await crypto.subtle.decrypt(algorithm, key, envelope.slice(12)).then(
        () => true,
        () => false,
      );
      if (opens) return generation;
    }
  return -1;
}
