import type { CiphertextMessage, PreKeyBundle } from '@sotto/client/crypto';

/** What a bundle may lack or repeat. */
export interface BundleOptions {
  /** Whether it has a one-time pre-key; true unless given. */
  readonly oneTime?: boolean;
}

/** Either side of a session, Sotto's or the official library's: they exchange nothing but bytes. */
export interface SessionPeer {
  readonly name: string;
  /** Makes and keeps pre-keys. */
  publish(options?: BundleOptions): Promise<PreKeyBundle>;
  /** Begins a session with whoever published the bundle. */
  begin(peer: string, bundle: PreKeyBundle): Promise<void>;
  encrypt(peer: string, text: string): Promise<CiphertextMessage>;
  /** @throws whatever that side throws when it refuses */
  decrypt(peer: string, message: CiphertextMessage): Promise<string>;
  /** Whether it refused a message because it was opened before. */
  isDuplicate(error: unknown): boolean;
}
