import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Versions that are compared with: 0.90 is the last whose sessions need no SPQR. */
export type OfficialVersion = '0.90' | '0.103';

type Bytes = Uint8Array<ArrayBuffer>;

export interface Serializable {
  serialize(): Bytes;
}
export interface OfficialPublicKey extends Serializable {
  verify(message: Bytes, signature: Bytes): boolean;
}
export interface OfficialPrivateKey extends Serializable {
  sign(message: Bytes): Bytes;
  agree(other: OfficialPublicKey): Bytes;
  getPublicKey(): OfficialPublicKey;
}
export interface OfficialIdentity {
  readonly publicKey: OfficialPublicKey;
  readonly privateKey: OfficialPrivateKey;
}
export interface OfficialKemKeyPair {
  getPublicKey(): Serializable;
}
export interface OfficialCiphertext extends Serializable {
  type(): number;
}
export interface OfficialFingerprint {
  displayableFingerprint(): { toString(): string };
  scannableFingerprint(): { toBuffer(): Bytes };
}
export type Address = object & { toString(): string };
/** A class that the library's callers derive their stores from. */
type StoreBase = new () => object;
/** Its classes are made by a static method `new`. */
interface Made<Arguments extends unknown[], T> {
  readonly new: (...given: Arguments) => T;
}
interface Parsed<T> {
  deserialize(bytes: Bytes): T;
}

/** What of `@signalapp/libsignal-client` is used here, in our own words: it is loaded when it is there, never compiled against. */
export interface OfficialLibrary {
  readonly PublicKey: Parsed<OfficialPublicKey>;
  readonly PrivateKey: Parsed<OfficialPrivateKey> & { generate(): OfficialPrivateKey };
  readonly IdentityKeyPair: { generate(): OfficialIdentity };
  readonly KEMPublicKey: Parsed<Serializable>;
  readonly KEMKeyPair: { generate(): OfficialKemKeyPair };
  readonly ProtocolAddress: Made<[name: string, device: number], Address>;
  readonly PreKeyRecord: Made<[id: number, key: OfficialPublicKey, secret: OfficialPrivateKey], object>;
  readonly SignedPreKeyRecord: Made<
    [id: number, time: number, key: OfficialPublicKey, secret: OfficialPrivateKey, signature: Bytes],
    object
  >;
  readonly KyberPreKeyRecord: Made<
    [id: number, time: number, keys: OfficialKemKeyPair, signature: Bytes],
    object
  >;
  readonly PreKeyBundle: Made<unknown[], object>;
  readonly PreKeySignalMessage: Parsed<object>;
  readonly SignalMessage: Parsed<object>;
  readonly SessionStore: StoreBase;
  readonly IdentityKeyStore: StoreBase;
  readonly PreKeyStore: StoreBase;
  readonly SignedPreKeyStore: StoreBase;
  readonly KyberPreKeyStore: StoreBase;
  readonly SenderKeyStore: StoreBase;
  readonly SenderKeyDistributionMessage: Parsed<object> & {
    create(sender: Address, distribution: string, store: object): Promise<Serializable>;
  };
  readonly Fingerprint: Made<unknown[], OfficialFingerprint>;
  processPreKeyBundle(bundle: object, address: Address, ...stores: object[]): Promise<void>;
  signalEncrypt(plaintext: Bytes, address: Address, ...stores: object[]): Promise<OfficialCiphertext>;
  signalDecrypt(message: object, address: Address, ...stores: object[]): Promise<Bytes>;
  signalDecryptPreKey(message: object, address: Address, ...stores: object[]): Promise<Bytes>;
  processSenderKeyDistributionMessage(sender: Address, message: object, store: object): Promise<void>;
  groupEncrypt(
    sender: Address,
    distribution: string,
    store: object,
    text: Bytes,
  ): Promise<OfficialCiphertext>;
  groupDecrypt(sender: Address, store: object, message: Bytes): Promise<Bytes>;
}

/** Bytes in the library's own kind of array. */
export function copied(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes);
}

const folder = new URL('../../oracle/node_modules/', import.meta.url);

/**
 * Loads one version of Signal's own library.
 * @returns undefined when it is not installed (`npm test` installs it) or has no build for this machine
 */
export async function loadOfficialLibrary(version: OfficialVersion): Promise<OfficialLibrary | undefined> {
  const entry = new URL(`libsignal-${version}/dist/index.js`, folder);
  if (!existsSync(fileURLToPath(entry))) return undefined;
  try {
    return (await import(pathToFileURL(fileURLToPath(entry)).href)) as OfficialLibrary;
  } catch (error) {
    process.stdout.write(`libsignal-client ${version} does not load here: ${String(error)}\n`);
    return undefined;
  }
}
