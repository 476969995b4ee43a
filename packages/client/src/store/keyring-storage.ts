/** What the keyring keeps, in clear: every secret in `record` is wrapped. */
export interface KeyringState {
  readonly record: Uint8Array;
  /** AES-256-GCM key of this place; absent while locked. */
  readonly wrappingKey: CryptoKey | undefined;
}

/** Where a keyring is kept. Outside the sealed stores, for it is what opens them. */
export interface KeyringStorage {
  read(): Promise<KeyringState | undefined>;
  /** Replaces everything, strictly durable; `undefined` deletes. A wrapping key that is left out is deleted. */
  write(state: KeyringState | undefined): Promise<void>;
  /** A fresh AES-256-GCM key of a kind that this place can keep: not extractable, where the place allows that. */
  generateWrappingKey(): Promise<CryptoKey>;
  close(): Promise<void>;
}
