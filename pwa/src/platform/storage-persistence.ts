/** Whether the browser promises to keep what is stored. */
export interface StoragePersistence {
  persisted(): Promise<boolean>;
  /** Asks for the promise; some browsers ask the person. */
  ask(): Promise<boolean>;
}

export const storagePersistence: StoragePersistence = {
  persisted: async () => (await navigator.storage?.persisted?.()) ?? false,
  ask: async () => (await navigator.storage?.persist?.()) ?? false,
};
