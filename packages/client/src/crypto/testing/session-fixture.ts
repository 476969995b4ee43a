import { generateIdentityKeyPair, type IdentityKeyPair } from '../identity-key.js';
import { type Kem, mlKem1024 } from '../kem.js';
import { MemoryStores } from '../memory-stores.js';
import {
  generateKyberPreKey,
  generatePreKeys,
  generateSignedPreKey,
  type PreKeyBundle,
  serializeKyberPreKey,
  serializePreKey,
  serializeSignedPreKey,
} from '../pre-keys.js';
import { type CiphertextMessage, CiphertextMessageType } from '../session.js';
import { SessionBuilder, SessionCipher } from '../session-cipher.js';
import type { ProtocolAddress } from '../store-interfaces.js';

/** Whoever is at an address: another test device, or what stands for one. */
interface Peer {
  readonly address: ProtocolAddress;
}

/** A device for tests: stores in memory, and text in place of bytes. */
export class TestDevice {
  readonly address: ProtocolAddress;
  readonly identity: IdentityKeyPair;
  readonly stores: MemoryStores;
  #nextId = 1;

  constructor(
    name: string,
    readonly kem: Kem = mlKem1024,
  ) {
    this.address = { name, deviceId: 1 };
    this.identity = generateIdentityKeyPair();
    this.stores = new MemoryStores(this.identity, 1000 + name.length, kem);
  }

  /** Publishes fresh pre-keys. */
  async bundle(options: { oneTime?: boolean; lastResort?: boolean } = {}): Promise<PreKeyBundle> {
    const { oneTime = true, lastResort = false } = options;
    const id = this.#nextId++;
    const signed = generateSignedPreKey(this.identity, id);
    const kyber = generateKyberPreKey(this.identity, id, { lastResort, kem: this.kem });
    const [preKey] = generatePreKeys(id, 1);
    await this.stores.storeSignedPreKey(id, serializeSignedPreKey(signed));
    await this.stores.storeKyberPreKey(id, serializeKyberPreKey(kyber));
    if (oneTime) await this.stores.storePreKey(id, serializePreKey(preKey!));
    return {
      registrationId: await this.stores.getLocalRegistrationId(),
      identityKey: this.identity.publicKey,
      signedPreKeyId: id,
      signedPreKey: signed.keyPair.publicKey,
      signedPreKeySignature: signed.signature,
      kyberPreKeyId: id,
      kyberPreKey: kyber.keyPair.publicKey,
      kyberPreKeySignature: kyber.signature,
      ...(oneTime && { oneTimePreKey: { id, publicKey: preKey!.keyPair.publicKey } }),
    };
  }

  /** Begins a session by a bundle; by a fresh one of the test device where none is given. */
  begin(peer: TestDevice): Promise<void>;
  begin(peer: Peer, bundle: PreKeyBundle): Promise<void>;
  async begin(peer: TestDevice | Peer, bundle?: PreKeyBundle): Promise<void> {
    const builder = new SessionBuilder(this.stores, peer.address, this.kem);
    await builder.processPreKeyBundle(bundle ?? (await (peer as TestDevice).bundle()));
  }

  cipher(peer: Peer): SessionCipher {
    return new SessionCipher(this.stores, peer.address, this.kem);
  }

  encrypt(peer: Peer, text: string): Promise<CiphertextMessage> {
    return this.cipher(peer).encrypt(new TextEncoder().encode(text));
  }

  async decrypt(peer: Peer, message: CiphertextMessage): Promise<string> {
    const cipher = this.cipher(peer);
    const plaintext =
      message.type === CiphertextMessageType.PreKey
        ? await cipher.decryptPreKeySignalMessage(message.body)
        : await cipher.decryptSignalMessage(message.body);
    return new TextDecoder().decode(plaintext);
  }
}
