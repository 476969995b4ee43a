import type { KeyStore } from './key-store.js';
import type { MessageStore } from './message-store.js';

/** The two stores of one device, both sealed under its store key. */
export interface DeviceStores {
  readonly keys: KeyStore;
  readonly messages: MessageStore;
}
