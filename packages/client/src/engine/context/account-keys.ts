/** The secrets of the account that its devices hold, newest first: the newest seals, every one opens. 32 bytes each. */
export interface AccountKeyring {
  readonly accountLogKeys: readonly Uint8Array[];
  readonly archiveKeys: readonly Uint8Array[];
  /** Of the vault that they are from. */
  readonly vaultVersion: number;
}

/** The account's keys as this device has them now: they change when a device is removed, here or on another one. */
export class AccountKeys {
  #now: AccountKeyring;
  readonly #listeners = new Set<() => void>();

  constructor(keyring: AccountKeyring) {
    this.#now = keyring;
  }

  get current(): AccountKeyring {
    return this.#now;
  }

  /** Newer keys, which are in the key store already. */
  replace(keyring: AccountKeyring): void {
    this.#now = keyring;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls back after each change. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
