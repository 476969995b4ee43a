import { decodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import {
  DuplicateMessageError,
  deserializeIdentityKeyPair,
  deserializeKyberPreKey,
  type IdentityKey,
  type IdentityKeyPair,
  type IdentityKeyStore,
  type KyberPreKeyStore,
  type PreKeyStore,
  type ProtocolAddress,
  type PublicKey,
  type SessionStore,
  type SessionStores,
  type SignedPreKeyStore,
} from '../crypto/index.js';
import type { KeyStore, KeyWrite } from '../store/key-store.js';
import { AccountError } from './errors.js';
import { SIGNAL_KEYS } from './signal-keys.js';

/** Whether a device is its account's by the verified list: nobody else is trusted, first use or not. */
export type IdentityTrust = (address: ProtocolAddress, identityKey: IdentityKey) => Promise<boolean>;

/** The crypto library's stores over one pending batch of writes. */
export interface SignalTransaction extends SessionStores {
  /** Writes that hold with the others, or not at all. */
  also(writes: readonly KeyWrite[]): void;
}

/** This device's Signal records, changed in whole transactions. */
export interface SignalRecords {
  /**
   * Runs `work` alone (never from inside another: it would wait for itself) and commits all it wrote in one write. If it throws, nothing is written: a message that could not be
   * remembered counts as not decrypted.
   * @example
   * const plaintext = await records.transact(async (stores) => {
   *   const opened = await new SessionCipher(stores, address).decryptSignalMessage(body);
   *   stores.also([{ key: `inbox/${position}`, value: done }]);
   *   return opened;
   * });
   */
  transact<T>(work: (stores: SignalTransaction) => Promise<T>): Promise<T>;
}

/** The Signal records of a key store. Make one for a store: transactions of two would not wait for each other. */
export function signalRecords(keys: KeyStore, trust: IdentityTrust): SignalRecords {
  let last: Promise<unknown> = Promise.resolve();
  return {
    transact(work) {
      const turn = last.then(async () => {
        const pending = new PendingWrites(keys);
        const result = await work(signalTransaction(pending, trust));
        const batch = pending.end();
        if (batch.length > 0) await keys.write(batch);
        return result;
      });
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** Reads through to the store, but sees what is about to be written. */
class PendingWrites {
  readonly #keys: KeyStore;
  readonly #writes = new Map<string, Uint8Array | undefined>();
  #ended = false;

  constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#writes.has(key) ? this.#writes.get(key) : this.#keys.get(key);
  }

  set(key: string, value: Uint8Array | undefined): void {
    // Work that goes on after its transaction would be lost without a word.
    if (this.#ended) throw new Error('signal transaction: written to after its end');
    this.#writes.set(key, value);
  }

  end(): KeyWrite[] {
    this.#ended = true;
    return [...this.#writes].map(([key, value]) => ({ key, value }));
  }
}

function signalTransaction(pending: PendingWrites, trust: IdentityTrust): SignalTransaction {
  return {
    sessions: sessionStore(pending),
    identities: identityStore(pending, trust),
    preKeys: preKeyStore(pending),
    signedPreKeys: signedPreKeyStore(pending),
    kyberPreKeys: kyberPreKeyStore(pending),
    also(writes) {
      for (const { key, value } of writes) pending.set(key, value);
    },
  };
}

function sessionStore(pending: PendingWrites): SessionStore {
  return {
    loadSession: (address) => pending.get(SIGNAL_KEYS.session(address)),
    storeSession: async (address, record) => pending.set(SIGNAL_KEYS.session(address), record),
  };
}

const registration = v.object({ registrationId: schemas.count });

function identityStore(pending: PendingWrites, trust: IdentityTrust): IdentityKeyStore {
  const own = async (key: string) => {
    const value = await pending.get(key);
    if (!value) throw new AccountError('account/device-missing');
    return value;
  };
  return {
    async getIdentityKeyPair(): Promise<IdentityKeyPair> {
      return deserializeIdentityKeyPair(await own(SIGNAL_KEYS.identity));
    },
    async getLocalRegistrationId() {
      return decodeCbor(registration, await own(SIGNAL_KEYS.registration)).registrationId;
    },
    isTrustedIdentity: (address, identityKey) => trust(address, identityKey),
    saveIdentity: async (address, identityKey) => pending.set(SIGNAL_KEYS.peer(address), identityKey),
    getIdentity: (address) => pending.get(SIGNAL_KEYS.peer(address)),
  };
}

function preKeyStore(pending: PendingWrites): PreKeyStore {
  return {
    loadPreKey: (id) => pending.get(SIGNAL_KEYS.preKey(id)),
    storePreKey: async (id, record) => pending.set(SIGNAL_KEYS.preKey(id), record),
    removePreKey: async (id) => pending.set(SIGNAL_KEYS.preKey(id), undefined),
  };
}

function signedPreKeyStore(pending: PendingWrites): SignedPreKeyStore {
  return {
    loadSignedPreKey: (id) => pending.get(SIGNAL_KEYS.signedPreKey(id)),
    storeSignedPreKey: async (id, record) => pending.set(SIGNAL_KEYS.signedPreKey(id), record),
  };
}

function kyberPreKeyStore(pending: PendingWrites): KyberPreKeyStore {
  return {
    loadKyberPreKey: (id) => pending.get(SIGNAL_KEYS.kyberPreKey(id)),
    storeKyberPreKey: async (id, record) => pending.set(SIGNAL_KEYS.kyberPreKey(id), record),
    async markKyberPreKeyUsed(id, signedPreKeyId, baseKey) {
      const record = await pending.get(SIGNAL_KEYS.kyberPreKey(id));
      if (record && !deserializeKyberPreKey(record).lastResort) {
        pending.set(SIGNAL_KEYS.kyberPreKey(id), undefined);
        return;
      }
      const use = SIGNAL_KEYS.kyberUse(id, signedPreKeyId, hex(baseKey));
      if (await pending.get(use)) throw new DuplicateMessageError('The session was begun before.');
      pending.set(use, new Uint8Array());
    },
  };
}

function hex(key: PublicKey): string {
  return Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
