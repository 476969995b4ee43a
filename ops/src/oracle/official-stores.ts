import type { Address, OfficialIdentity, OfficialLibrary, Serializable } from './official-library.js';

/** The library's sender key store, in memory. */
export function officialSenderKeyStore(official: OfficialLibrary): object {
  const records = new Map<string, object>();
  class Store extends official.SenderKeyStore {
    async saveSenderKey(sender: Address, distribution: string, record: object): Promise<void> {
      records.set(`${sender.toString()} ${distribution}`, record);
    }
    async getSenderKey(sender: Address, distribution: string): Promise<object | null> {
      return records.get(`${sender.toString()} ${distribution}`) ?? null;
    }
  }
  return new Store();
}

export type OfficialStores = ReturnType<typeof officialStores>;

/** The stores that the library's sessions need, in memory. */
export function officialStores(
  official: OfficialLibrary,
  identity: OfficialIdentity,
  registrationId: number,
) {
  const kept = {
    sessions: new Map<string, object>(),
    identities: new Map<string, Serializable>(),
    preKeys: new Map<number, object>(),
    signedPreKeys: new Map<number, object>(),
    kyberPreKeys: new Map<number, object>(),
  };
  const usedBaseKeys = new Set<string>();
  const found = <K>(records: Map<K, object>, id: K): object => {
    const record = records.get(id);
    if (!record) throw new Error('no such pre-key');
    return record;
  };
  class Sessions extends official.SessionStore {
    async saveSession(address: Address, record: object): Promise<void> {
      kept.sessions.set(address.toString(), record);
    }
    async getSession(address: Address): Promise<object | null> {
      return kept.sessions.get(address.toString()) ?? null;
    }
    async getExistingSessions(): Promise<object[]> {
      return [];
    }
  }
  class Identities extends official.IdentityKeyStore {
    async getIdentityKey(): Promise<object> {
      return identity.privateKey;
    }
    async getIdentityKeyPair(): Promise<object> {
      return identity;
    }
    async getLocalRegistrationId(): Promise<number> {
      return registrationId;
    }
    async isTrustedIdentity(): Promise<boolean> {
      return true;
    }
    async saveIdentity(address: Address, key: Serializable): Promise<number> {
      kept.identities.set(address.toString(), key);
      return 0;
    }
    async getIdentity(address: Address): Promise<object | null> {
      return kept.identities.get(address.toString()) ?? null;
    }
  }
  class PreKeys extends official.PreKeyStore {
    async getPreKey(id: number): Promise<object> {
      return found(kept.preKeys, id);
    }
    async removePreKey(id: number): Promise<void> {
      kept.preKeys.delete(id);
    }
  }
  class SignedPreKeys extends official.SignedPreKeyStore {
    async getSignedPreKey(id: number): Promise<object> {
      return found(kept.signedPreKeys, id);
    }
  }
  class KyberPreKeys extends official.KyberPreKeyStore {
    async getKyberPreKey(id: number): Promise<object> {
      return found(kept.kyberPreKeys, id);
    }
    async markKyberPreKeyUsed(id: number, signedPreKeyId: number, baseKey: Serializable): Promise<void> {
      const use = `${id} ${signedPreKeyId} ${Buffer.from(baseKey.serialize()).toString('hex')}`;
      if (usedBaseKeys.has(use)) throw new Error('duplicate base key');
      usedBaseKeys.add(use);
    }
  }
  return {
    kept,
    sessions: new Sessions(),
    identities: new Identities(),
    preKeys: new PreKeys(),
    signedPreKeys: new SignedPreKeys(),
    kyberPreKeys: new KyberPreKeys(),
  };
}
