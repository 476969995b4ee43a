import type { AccountId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import { BANS, banKey, isBanKey, parseBanKey } from '../keys.js';
import { Listeners } from '../watch/listeners.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';

/** Keeps an account out, on every server: its sockets close, its sessions are not renewed. What it has stays. */
export async function ban(claims: ClaimStore, account: AccountId): Promise<void> {
  try {
    await claims.own(banKey(account), new Uint8Array());
  } catch (error) {
    // Banned already.
    if (!(error instanceof ClaimTakenError)) throw error;
  }
}

/** Lets it in again. */
export function liftBan(claims: ClaimStore, account: AccountId): Promise<void> {
  return claims.remove(banKey(account));
}

/** Which accounts are kept out: few, so that all of them are in memory, followed as they come on whichever server. */
export class Bans {
  readonly #claims: ClaimStore;
  readonly #banned = new Set<AccountId>();
  readonly #listeners = new Listeners<[AccountId]>();
  readonly #unwatch: Unsubscribe;
  /** Those of before; undefined when they could not be read, and are to be read again. */
  #loading: Promise<void> | undefined;

  constructor(claims: ClaimStore) {
    this.#claims = claims;
    // First the subscription, so that nothing falls between it and the list.
    this.#unwatch = claims.watch(
      BANS,
      ({ key }) => this.#learn(key),
      // Some may have been missed: whoever asks next reads them.
      () => {
        this.#loading = undefined;
      },
    );
  }

  /**
   * @throws ProtocolError `auth/forbidden` where the account is kept out; `sync/store-unavailable` where that cannot be read now
   */
  async assertAllowed(account: AccountId): Promise<void> {
    await this.#loaded();
    if (!this.#banned.has(account)) return;
    // That a ban was lifted is told to nobody.
    if (await this.#claims.get(banKey(account)))
      throw new ProtocolError('auth/forbidden', { detail: 'banned' });
    this.#banned.delete(account);
  }

  /** Tells of every account that is banned from now on. */
  watch(listener: (account: AccountId) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  close(): void {
    this.#unwatch();
  }

  #learn(key: string): void {
    if (!isBanKey(key)) return;
    const account = parseBanKey(key);
    this.#banned.add(account);
    this.#listeners.tell(account);
  }

  #loaded(): Promise<void> {
    this.#loading ??= this.#load().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    for (const { key } of await this.#claims.list({ prefix: BANS }))
      if (isBanKey(key)) this.#banned.add(parseBanKey(key));
  }
}
