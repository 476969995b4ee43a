import { InvalidKeyIdError, NoSessionError, UntrustedIdentityError } from './errors.js';
import type { IdentityKey } from './identity-key.js';
import { type Kem, mlKem1024 } from './kem.js';
import {
  deserializeKyberPreKey,
  deserializePreKey,
  deserializeSignedPreKey,
  type PreKeyBundle,
} from './pre-keys.js';
import {
  acceptSession,
  type CiphertextMessage,
  decryptInRecord,
  encryptInSession,
  initiateSession,
  type LocalParty,
  type ResponderPreKeys,
} from './session.js';
import { type PreKeySignalMessage, parsePreKeySignalMessage, parseSignalMessage } from './session-message.js';
import {
  deserializeSessionRecord,
  EMPTY_SESSION_RECORD,
  hasCurrentState,
  promote,
  type SessionRecord,
  type SessionState,
  serializeSessionRecord,
  statesOf,
} from './session-state.js';
import { addressKey, type Direction, type ProtocolAddress, type SessionStores } from './store-interfaces.js';
import { inTurn } from './turns.js';

/** One device's sessions over the host's stores: what SessionBuilder and SessionCipher have in common. */
abstract class SessionAccess {
  constructor(
    protected readonly stores: SessionStores,
    readonly address: ProtocolAddress,
    protected readonly kem: Kem = mlKem1024,
  ) {}

  protected inTurn<T>(action: () => Promise<T>): Promise<T> {
    return inTurn(this.stores.sessions, addressKey(this.address), action);
  }

  protected async load(): Promise<SessionRecord> {
    const bytes = await this.stores.sessions.loadSession(this.address);
    return bytes ? deserializeSessionRecord(bytes) : EMPTY_SESSION_RECORD;
  }

  protected async save(record: SessionRecord, identity: IdentityKey): Promise<void> {
    await this.stores.identities.saveIdentity(this.address, identity);
    await this.stores.sessions.storeSession(this.address, serializeSessionRecord(record));
  }

  protected async local(): Promise<LocalParty> {
    const { identities } = this.stores;
    return {
      identity: await identities.getIdentityKeyPair(),
      registrationId: await identities.getLocalRegistrationId(),
    };
  }

  protected async assertTrusted(identity: IdentityKey, direction: Direction): Promise<void> {
    if (!(await this.stores.identities.isTrustedIdentity(this.address, identity, direction)))
      throw new UntrustedIdentityError('The identity of the other side is not trusted.');
  }
}

/** Begins sessions from fetched bundles. */
export class SessionBuilder extends SessionAccess {
  /**
   * Begins a session with a bundle's device and makes it current; one that was is archived.
   * @throws UntrustedIdentityError, InvalidSignatureError, InvalidKeyError
   */
  processPreKeyBundle(bundle: PreKeyBundle): Promise<void> {
    return this.inTurn(async () => {
      await this.assertTrusted(bundle.identityKey, 'sending');
      const state = await initiateSession(await this.local(), bundle, this.kem);
      await this.save(promote(await this.load(), state), bundle.identityKey);
    });
  }
}

/** Encrypts to and decrypts from one device. Calls for one address take turns. */
export class SessionCipher extends SessionAccess {
  /**
   * Whether there is a session to encrypt under: one that the other side has answered, or begun in the last 30 days.
   * @param now in ms since 1970
   */
  async hasCurrentSession(now?: number): Promise<boolean> {
    return hasCurrentState(await this.load(), now);
  }

  /**
   * Encrypts under the current session, whose next state is stored before the message is returned.
   * @param now in ms since 1970
   * @throws NoSessionError also where the other side has not answered for 30 days; UntrustedIdentityError
   */
  encrypt(plaintext: Uint8Array, now?: number): Promise<CiphertextMessage> {
    return this.inTurn(async () => {
      const record = await this.load();
      if (!record.current || !hasCurrentState(record, now))
        throw new NoSessionError('There is no session to encrypt under.');
      await this.assertTrusted(record.current.remoteIdentity, 'sending');
      const { state, message } = await encryptInSession(record.current, plaintext);
      await this.save({ ...record, current: state }, state.remoteIdentity);
      return message;
    });
  }

  /**
   * Decrypts a message of a session that exists. Nothing is stored unless the message is authentic.
   * @throws NoSessionError, UntrustedIdentityError, InvalidMessageError, UnsupportedVersionError, InvalidKeyError,
   * DuplicateMessageError, TooFarError
   */
  decryptSignalMessage(body: Uint8Array): Promise<Uint8Array> {
    return this.inTurn(async () => {
      const { record, state, plaintext } = await decryptInRecord(await this.load(), parseSignalMessage(body));
      await this.assertTrusted(state.remoteIdentity, 'receiving');
      await this.save(record, state.remoteIdentity);
      return plaintext;
    });
  }

  /**
   * Decrypts a message that begins a session, or repeats the beginning of one. Nothing is stored, and no pre-key used up,
   * unless the message is authentic.
   * @throws UntrustedIdentityError, InvalidKeyIdError, InvalidMessageError, UnsupportedVersionError, InvalidKeyError,
   * DuplicateMessageError, TooFarError
   */
  decryptPreKeySignalMessage(body: Uint8Array): Promise<Uint8Array> {
    return this.inTurn(async () => {
      const message = parsePreKeySignalMessage(body);
      await this.assertTrusted(message.identityKey, 'receiving');
      const record = await this.load();
      const known = statesOf(record).find((state) => isSessionOf(state, message));
      const session = known ?? (await this.accept(message));
      const { state, plaintext } = await decryptInRecord({ current: session, archived: [] }, message.message);
      if (!known) await this.markUsed(message);
      await this.save(promote(record, state, known), state.remoteIdentity);
      if (!known && message.preKeyId !== undefined) await this.stores.preKeys.removePreKey(message.preKeyId);
      return plaintext;
    });
  }

  private async accept(message: PreKeySignalMessage): Promise<SessionState> {
    return acceptSession(await this.local(), await this.loadPreKeys(message), message, this.kem);
  }

  private async loadPreKeys(message: PreKeySignalMessage): Promise<ResponderPreKeys> {
    const { preKeys, signedPreKeys, kyberPreKeys } = this.stores;
    const signed = found(await signedPreKeys.loadSignedPreKey(message.signedPreKeyId));
    const kyber = found(await kyberPreKeys.loadKyberPreKey(message.kyberPreKeyId));
    const oneTime =
      message.preKeyId === undefined ? undefined : found(await preKeys.loadPreKey(message.preKeyId));
    return {
      signedPreKey: deserializeSignedPreKey(signed).keyPair,
      kyberSecretKey: deserializeKyberPreKey(kyber, this.kem).keyPair.secretKey,
      oneTimePreKey: oneTime && deserializePreKey(oneTime).keyPair,
    };
  }

  private markUsed({ kyberPreKeyId, signedPreKeyId, baseKey }: PreKeySignalMessage): Promise<void> {
    return this.stores.kyberPreKeys.markKyberPreKeyUsed(kyberPreKeyId, signedPreKeyId, baseKey);
  }
}

function found(record: Uint8Array | undefined): Uint8Array {
  if (!record) throw new InvalidKeyIdError('The message names a pre-key that is not there.');
  return record;
}

function isSessionOf(state: SessionState, message: PreKeySignalMessage): boolean {
  const same = (a: Uint8Array, b: Uint8Array) => a.every((byte, i) => byte === b[i]);
  return same(state.baseKey, message.baseKey) && same(state.remoteIdentity, message.identityKey);
}
