import type { PublicKey } from './curve25519.js';
import type { IdentityKey, IdentityKeyPair } from './identity-key.js';

/*
 * What the store-driven half of this library (SessionBuilder, SessionCipher, GroupCipher) asks of its host. Records are
 * opaque bytes, secrets included: seal them at rest. A cipher writes several stores for one message and returns the
 * result last; a host that must not lose a message to a crash gives it stores that commit together with that result.
 */

/** A device of someone. */
export interface ProtocolAddress {
  readonly name: string;
  readonly deviceId: string | number;
}

/** One string for each address and no two addresses. */
export function addressKey(address: ProtocolAddress): string {
  return JSON.stringify([address.name, address.deviceId]);
}

export type Direction = 'sending' | 'receiving';

export interface IdentityKeyStore {
  getIdentityKeyPair(): Promise<IdentityKeyPair>;
  getLocalRegistrationId(): Promise<number>;
  /** Whether messages may be exchanged with an address under this identity. */
  isTrustedIdentity(
    address: ProtocolAddress,
    identityKey: IdentityKey,
    direction: Direction,
  ): Promise<boolean>;
  /** Remembers the identity that a session was made with. */
  saveIdentity(address: ProtocolAddress, identityKey: IdentityKey): Promise<void>;
  getIdentity(address: ProtocolAddress): Promise<IdentityKey | undefined>;
}

export interface SessionStore {
  loadSession(address: ProtocolAddress): Promise<Uint8Array | undefined>;
  storeSession(address: ProtocolAddress, record: Uint8Array): Promise<void>;
}

export interface PreKeyStore {
  loadPreKey(id: number): Promise<Uint8Array | undefined>;
  storePreKey(id: number, record: Uint8Array): Promise<void>;
  /** Called once the message that used the key has been decrypted. */
  removePreKey(id: number): Promise<void>;
}

export interface SignedPreKeyStore {
  loadSignedPreKey(id: number): Promise<Uint8Array | undefined>;
  storeSignedPreKey(id: number, record: Uint8Array): Promise<void>;
}

export interface KyberPreKeyStore {
  loadKyberPreKey(id: number): Promise<Uint8Array | undefined>;
  storeKyberPreKey(id: number, record: Uint8Array): Promise<void>;
  /**
   * Called once a message that used the key has been decrypted. A one-time key is removed. Of a last-resort key the
   * store remembers (id, signed pre-key id, base key) while it has the key, and throws DuplicateMessageError at a
   * repetition: only the store can tell a replay from a new session there (PQXDH, section 4.2).
   */
  markKyberPreKeyUsed(id: number, signedPreKeyId: number, baseKey: PublicKey): Promise<void>;
}

export interface SenderKeyStore {
  /** @param distributionId 16 bytes */
  loadSenderKey(sender: ProtocolAddress, distributionId: Uint8Array): Promise<Uint8Array | undefined>;
  storeSenderKey(sender: ProtocolAddress, distributionId: Uint8Array, record: Uint8Array): Promise<void>;
}

/** Every store there is. One object may be all of them. */
export interface ProtocolStore extends SessionStores {
  readonly senderKeys: SenderKeyStore;
}

/** The stores that sessions need. One object may be all of them. */
export interface SessionStores {
  readonly sessions: SessionStore;
  readonly identities: IdentityKeyStore;
  readonly preKeys: PreKeyStore;
  readonly signedPreKeys: SignedPreKeyStore;
  readonly kyberPreKeys: KyberPreKeyStore;
}
