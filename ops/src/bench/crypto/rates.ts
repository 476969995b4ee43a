import {
  ChainCursor,
  createSenderKey,
  generateIdentityKeyPair,
  generateKyberPreKey,
  generatePreKeys,
  generateSignedPreKey,
  type IdentityKeyPair,
  MemoryStores,
  openSenderKeyMessage,
  type PreKeyBundle,
  parseSenderKeyMessage,
  SessionBuilder,
  SessionCipher,
  sealSenderKeyMessage,
  serializeKyberPreKey,
  serializePreKey,
  serializeSignedPreKey,
  verifySenderKeyMessage,
} from '@sotto/client/crypto';
import { bestRate } from './best-rate.js';

/** What a program of one library does in a second, in one thread. */
export interface Rates {
  /** Sender key messages sealed, one after the other. */
  readonly encryptPerS: number;
  /** Sender key messages verified and opened. */
  readonly decryptPerS: number;
  /** Sessions begun from a bundle, with their first message. */
  readonly sessionPerS: number;
  /** Sessions accepted by their first message. */
  readonly acceptPerS: number;
}

/** What is sealed. */
export const PLAINTEXT = new Uint8Array(200).fill(0x61);
/** Messages in a round. */
export const MESSAGES = 1_000;
/** Sessions in a round. */
export const SESSIONS = 20;

const address = (name: string) => ({ name, deviceId: 1 });

/** Measures Sotto's crypto library, in whatever engine this runs. */
export async function measureRates(): Promise<Rates> {
  const first = createSenderKey(new Uint8Array(16), 1);
  let messages: Uint8Array[] = [];
  const encryptPerS = await bestRate(MESSAGES, async () => {
    messages = [];
    let state = first;
    for (let i = 0; i < MESSAGES; i++) {
      const sealed = await sealSenderKeyMessage(state, PLAINTEXT);
      messages.push(sealed.message);
      state = sealed.state;
    }
  });
  const decryptPerS = await bestRate(MESSAGES, async () => {
    const cursor = new ChainCursor(first);
    const open = async (message: Uint8Array) => {
      const parsed = parseSenderKeyMessage(message);
      const verified = await verifySenderKeyMessage(parsed, first.signingKeyPair.publicKey);
      return openSenderKeyMessage(verified, cursor.messageKey(verified.iteration));
    };
    // As many at once as a segment has: WebCrypto works beside this thread.
    for (let from = 0; from < MESSAGES; from += 256)
      await Promise.all(messages.slice(from, from + 256).map(open));
  });
  return { encryptPerS, decryptPerS, ...(await measureSessions()) };
}

async function measureSessions(): Promise<Pick<Rates, 'sessionPerS' | 'acceptPerS'>> {
  const identity = generateIdentityKeyPair();
  const published = Array.from({ length: SESSIONS }, (_, i) => publish(identity, i + 1));
  let beginnings: Uint8Array[] = [];
  const sessionPerS = await bestRate(SESSIONS, async () => {
    beginnings = [];
    const alice = new MemoryStores(generateIdentityKeyPair(), 1);
    for (const [i, { bundle }] of published.entries()) {
      await new SessionBuilder(alice, address(`bob ${i}`)).processPreKeyBundle(bundle);
      const message = await new SessionCipher(alice, address(`bob ${i}`)).encrypt(PLAINTEXT);
      beginnings.push(message.body);
    }
  });
  const acceptPerS = await bestRate(SESSIONS, async () => {
    const bob = new MemoryStores(identity, 2);
    for (const { keep } of published) await keep(bob);
    for (const [i, body] of beginnings.entries())
      await new SessionCipher(bob, address(`alice ${i}`)).decryptPreKeySignalMessage(body);
  });
  return { sessionPerS, acceptPerS };
}

/** Makes one of every kind of pre-key. */
function publish(identity: IdentityKeyPair, id: number) {
  const signed = generateSignedPreKey(identity, id);
  const kyber = generateKyberPreKey(identity, id);
  const [oneTime] = generatePreKeys(id, 1);
  const bundle: PreKeyBundle = {
    registrationId: 2,
    identityKey: identity.publicKey,
    signedPreKeyId: id,
    signedPreKey: signed.keyPair.publicKey,
    signedPreKeySignature: signed.signature,
    kyberPreKeyId: id,
    kyberPreKey: kyber.keyPair.publicKey,
    kyberPreKeySignature: kyber.signature,
    oneTimePreKey: { id, publicKey: oneTime!.keyPair.publicKey },
  };
  const keep = async (stores: MemoryStores) => {
    await stores.storeSignedPreKey(id, serializeSignedPreKey(signed));
    await stores.storeKyberPreKey(id, serializeKyberPreKey(kyber));
    await stores.storePreKey(id, serializePreKey(oneTime!));
  };
  return { bundle, keep };
}
