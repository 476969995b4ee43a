/** One change of a batch: `undefined` deletes. */
export interface KeyWrite {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/**
 * The device's strict store: ratchets, chains, feed positions and the outbox. A write is all or nothing and survives
 * loss of power once its promise resolves (IndexedDB `durability: 'strict'`, LevelDB `sync`).
 */
export interface KeyStore {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Entries whose key begins with `prefix`, in key order (code units). */
  list(prefix: string): Promise<[key: string, value: Uint8Array][]>;
  write(batch: readonly KeyWrite[]): Promise<void>;
  close(): Promise<void>;
  /** Closes and deletes everything. */
  destroy(): Promise<void>;
}
