import { type CiphertextMessage, CiphertextMessageType, type PreKeyBundle } from '@sotto/client/crypto';
import { type Address, copied, type OfficialIdentity, type OfficialLibrary } from './official-library.js';
import { type OfficialStores, officialStores } from './official-stores.js';
import type { BundleOptions, SessionPeer } from './session-peer.js';

const DEVICE = 1;
let registrations = 0;

/** The official library's side of a session, its stores in memory. */
export class OfficialPeer implements SessionPeer {
  readonly #identity: OfficialIdentity;
  readonly #stores: OfficialStores;
  readonly #registrationId = 5_000 + registrations++;
  #nextId = 1;

  constructor(
    readonly name: string,
    private readonly official: OfficialLibrary,
  ) {
    this.#identity = official.IdentityKeyPair.generate();
    this.#stores = officialStores(official, this.#identity, this.#registrationId);
  }

  async publish({ oneTime = true }: BundleOptions = {}): Promise<PreKeyBundle> {
    const { official } = this;
    const { privateKey } = this.#identity;
    const id = this.#nextId++;
    const [preKey, signed] = [official.PrivateKey.generate(), official.PrivateKey.generate()];
    const kyber = official.KEMKeyPair.generate();
    const signedKey = signed.getPublicKey();
    const signature = privateKey.sign(signedKey.serialize());
    const kyberSignature = privateKey.sign(kyber.getPublicKey().serialize());
    const { preKeys, signedPreKeys, kyberPreKeys } = this.#stores.kept;
    if (oneTime) preKeys.set(id, official.PreKeyRecord.new(id, preKey.getPublicKey(), preKey));
    signedPreKeys.set(id, official.SignedPreKeyRecord.new(id, 0, signedKey, signed, signature));
    kyberPreKeys.set(id, official.KyberPreKeyRecord.new(id, 0, kyber, kyberSignature));
    return {
      registrationId: this.#registrationId,
      identityKey: this.#identity.publicKey.serialize(),
      signedPreKeyId: id,
      signedPreKey: signedKey.serialize(),
      signedPreKeySignature: signature,
      kyberPreKeyId: id,
      kyberPreKey: kyber.getPublicKey().serialize(),
      kyberPreKeySignature: kyberSignature,
      ...(oneTime && { oneTimePreKey: { id, publicKey: preKey.getPublicKey().serialize() } }),
    };
  }

  async begin(peer: string, bundle: PreKeyBundle): Promise<void> {
    const { PublicKey, KEMPublicKey, PreKeyBundle } = this.official;
    const key = (bytes: Uint8Array) => PublicKey.deserialize(copied(bytes));
    const theirs = PreKeyBundle.new(
      bundle.registrationId,
      DEVICE,
      bundle.oneTimePreKey?.id ?? null,
      bundle.oneTimePreKey ? key(bundle.oneTimePreKey.publicKey) : null,
      bundle.signedPreKeyId,
      key(bundle.signedPreKey),
      copied(bundle.signedPreKeySignature),
      key(bundle.identityKey),
      bundle.kyberPreKeyId,
      KEMPublicKey.deserialize(copied(bundle.kyberPreKey)),
      copied(bundle.kyberPreKeySignature),
    );
    const { sessions, identities } = this.#stores;
    await this.official.processPreKeyBundle(theirs, this.#address(peer), sessions, identities);
  }

  async encrypt(peer: string, text: string): Promise<CiphertextMessage> {
    const { sessions, identities } = this.#stores;
    const plaintext = copied(new TextEncoder().encode(text));
    const sealed = await this.official.signalEncrypt(plaintext, this.#address(peer), sessions, identities);
    const type = sealed.type() === 3 ? CiphertextMessageType.PreKey : CiphertextMessageType.Signal;
    return { type, body: sealed.serialize() };
  }

  async decrypt(peer: string, { type, body }: CiphertextMessage): Promise<string> {
    const { PreKeySignalMessage, SignalMessage } = this.official;
    const { sessions, identities, preKeys, signedPreKeys, kyberPreKeys } = this.#stores;
    const from = this.#address(peer);
    const plaintext =
      type === CiphertextMessageType.PreKey
        ? await this.official.signalDecryptPreKey(
            PreKeySignalMessage.deserialize(copied(body)),
            from,
            sessions,
            identities,
            preKeys,
            signedPreKeys,
            kyberPreKeys,
          )
        : await this.official.signalDecrypt(
            SignalMessage.deserialize(copied(body)),
            from,
            sessions,
            identities,
          );
    return new TextDecoder().decode(plaintext);
  }

  isDuplicate(error: unknown): boolean {
    return error instanceof Error && /duplicate|old counter/i.test(error.message + error.name);
  }

  #address(name: string): Address {
    return this.official.ProtocolAddress.new(name, DEVICE);
  }
}
