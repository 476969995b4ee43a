import { bytesToHex } from '@noble/hashes/utils.js';
import type { PublicKey } from './curve25519.js';
import { DuplicateMessageError } from './errors.js';
import type { IdentityKey, IdentityKeyPair } from './identity-key.js';
import { type Kem, mlKem1024 } from './kem.js';
import { deserializeKyberPreKey } from './pre-keys.js';
import {
  addressKey,
  type IdentityKeyStore,
  type KyberPreKeyStore,
  type PreKeyStore,
  type ProtocolAddress,
  type ProtocolStore,
  type SenderKeyStore,
  type SessionStore,
  type SignedPreKeyStore,
} from './store-interfaces.js';

/**
 * Every store in memory: the reference for what the interfaces mean, and enough for tests and one-off processes. Identities
 * are trusted on first use.
 */
export class MemoryStores
  implements
    ProtocolStore,
    IdentityKeyStore,
    SessionStore,
    PreKeyStore,
    SignedPreKeyStore,
    KyberPreKeyStore,
    SenderKeyStore
{
  readonly sessions = this;
  readonly identities = this;
  readonly preKeys = this;
  readonly signedPreKeys = this;
  readonly kyberPreKeys = this;
  readonly senderKeys = this;
  readonly #records = new Map<string, Uint8Array>();
  readonly #usedBaseKeys = new Set<string>();

  constructor(
    private readonly identity: IdentityKeyPair,
    private readonly registrationId: number,
    private readonly kem: Kem = mlKem1024,
  ) {}

  async getIdentityKeyPair(): Promise<IdentityKeyPair> {
    return this.identity;
  }
  async getLocalRegistrationId(): Promise<number> {
    return this.registrationId;
  }
  async isTrustedIdentity(address: ProtocolAddress, identityKey: IdentityKey): Promise<boolean> {
    const known = await this.getIdentity(address);
    return !known || bytesToHex(known) === bytesToHex(identityKey);
  }
  async saveIdentity(address: ProtocolAddress, identityKey: IdentityKey): Promise<void> {
    this.#records.set(`identity ${addressKey(address)}`, identityKey);
  }
  async getIdentity(address: ProtocolAddress): Promise<IdentityKey | undefined> {
    return this.#records.get(`identity ${addressKey(address)}`);
  }

  async loadSession(address: ProtocolAddress): Promise<Uint8Array | undefined> {
    return this.#records.get(`session ${addressKey(address)}`);
  }
  async storeSession(address: ProtocolAddress, record: Uint8Array): Promise<void> {
    this.#records.set(`session ${addressKey(address)}`, record);
  }

  async loadPreKey(id: number): Promise<Uint8Array | undefined> {
    return this.#records.get(`pre-key ${id}`);
  }
  async storePreKey(id: number, record: Uint8Array): Promise<void> {
    this.#records.set(`pre-key ${id}`, record);
  }
  async removePreKey(id: number): Promise<void> {
    this.#records.delete(`pre-key ${id}`);
  }

  async loadSignedPreKey(id: number): Promise<Uint8Array | undefined> {
    return this.#records.get(`signed ${id}`);
  }
  async storeSignedPreKey(id: number, record: Uint8Array): Promise<void> {
    this.#records.set(`signed ${id}`, record);
  }

  async loadKyberPreKey(id: number): Promise<Uint8Array | undefined> {
    return this.#records.get(`kyber ${id}`);
  }
  async storeKyberPreKey(id: number, record: Uint8Array): Promise<void> {
    this.#records.set(`kyber ${id}`, record);
  }
  async markKyberPreKeyUsed(id: number, signedPreKeyId: number, baseKey: PublicKey): Promise<void> {
    const record = this.#records.get(`kyber ${id}`);
    if (record && !deserializeKyberPreKey(record, this.kem).lastResort) {
      this.#records.delete(`kyber ${id}`);
      return;
    }
    const use = `${id} ${signedPreKeyId} ${bytesToHex(baseKey)}`;
    if (this.#usedBaseKeys.has(use)) throw new DuplicateMessageError('The session was begun before.');
    this.#usedBaseKeys.add(use);
  }

  async loadSenderKey(sender: ProtocolAddress, distributionId: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#records.get(`sender ${addressKey(sender)} ${bytesToHex(distributionId)}`);
  }
  async storeSenderKey(
    sender: ProtocolAddress,
    distributionId: Uint8Array,
    record: Uint8Array,
  ): Promise<void> {
    this.#records.set(`sender ${addressKey(sender)} ${bytesToHex(distributionId)}`, record);
  }
}
