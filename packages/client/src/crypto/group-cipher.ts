import { constantTimeEqual } from './constant-time.js';
import { NoSenderKeyError } from './errors.js';
import { takeSeed } from './receiving-chain.js';
import { MAX_FORWARD_JUMPS, messageKeyFromSeed } from './sender-chain.js';
import { parseDistributionMessage, parseSenderKeyMessage } from './sender-key-message.js';
import {
  deserializeSenderKeyRecord,
  EMPTY_SENDER_KEY_RECORD,
  MAX_SENDER_KEY_STATES,
  type SenderKeyRecord,
  serializeSenderKeyRecord,
} from './sender-key-record.js';
import {
  createSenderKey,
  distributionMessage,
  openSenderKeyMessage,
  sealSenderKeyMessage,
  verifySenderKeyMessage,
} from './sender-keys.js';
import { addressKey, type ProtocolAddress, type SenderKeyStore } from './store-interfaces.js';
import { inTurn } from './turns.js';

/**
 * Sender Keys over the host's store, a message key used once and forgotten, as libsignal's. Calls for one sender take
 * turns. Whoever keeps the history readable from each chain's first state uses the functions of sender-keys.ts instead.
 */
export class GroupCipher {
  /** @param sender whose chains these are: our own address to encrypt, another's to decrypt */
  constructor(
    private readonly store: SenderKeyStore,
    readonly sender: ProtocolAddress,
  ) {}

  /**
   * The distribution message of our own chain at its present iteration; begins the chain if there is none.
   * @param distributionId 16 bytes
   */
  createDistributionMessage(distributionId: Uint8Array): Promise<Uint8Array> {
    return this.inTurn(async () => {
      const record = await this.load(distributionId);
      if (record.own) return distributionMessage(record.own);
      const own = createSenderKey(distributionId, crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1);
      await this.save(distributionId, { ...record, own });
      return distributionMessage(own);
    });
  }

  /**
   * Takes in a sender's chain, to be received over a session with that sender only. A chain that is known keeps its place.
   * @throws UnsupportedVersionError, InvalidMessageError, InvalidKeyError
   */
  processDistributionMessage(bytes: Uint8Array): Promise<void> {
    return this.inTurn(async () => {
      const { distributionId, chainId, iteration, chainKey, signingKey } = parseDistributionMessage(bytes);
      const record = await this.load(distributionId);
      const same = record.received.find((state) => state.chainId === chainId);
      if (same && constantTimeEqual(same.signingKey, signingKey)) return;
      const chain = { index: iteration, chainKey, skipped: [] };
      const others = record.received.filter((state) => state !== same);
      const received = [{ chainId, signingKey, chain }, ...others].slice(0, MAX_SENDER_KEY_STATES);
      await this.save(distributionId, { ...record, received });
    });
  }

  /**
   * Encrypts under our own chain, whose next state is stored before the message is returned.
   * @throws NoSenderKeyError before {@link createDistributionMessage}
   */
  encrypt(distributionId: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.inTurn(async () => {
      const record = await this.load(distributionId);
      if (!record.own) throw new NoSenderKeyError('There is no sender key to encrypt under.');
      const { message, state } = await sealSenderKeyMessage(record.own, plaintext);
      await this.save(distributionId, { ...record, own: state });
      return message;
    });
  }

  /**
   * Decrypts a message of the sender's, its signature verified first. Nothing is stored unless that succeeds.
   * @throws NoSenderKeyError, InvalidSignatureError, InvalidMessageError, UnsupportedVersionError, DuplicateMessageError,
   * TooFarError
   */
  decrypt(bytes: Uint8Array): Promise<Uint8Array> {
    return this.inTurn(async () => {
      const parsed = parseSenderKeyMessage(bytes);
      const record = await this.load(parsed.distributionId);
      const at = record.received.findIndex((state) => state.chainId === parsed.chainId);
      const state = record.received[at];
      if (!state) throw new NoSenderKeyError('There is no sender key for this chain.');
      const verified = await verifySenderKeyMessage(parsed, state.signingKey);
      const { chain, seed } = takeSeed(state.chain, parsed.iteration, MAX_FORWARD_JUMPS);
      const plaintext = await openSenderKeyMessage(verified, messageKeyFromSeed(parsed.iteration, seed));
      await this.save(parsed.distributionId, {
        ...record,
        received: record.received.with(at, { ...state, chain }),
      });
      return plaintext;
    });
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    return inTurn(this.store, addressKey(this.sender), action);
  }

  private async load(distributionId: Uint8Array): Promise<SenderKeyRecord> {
    const bytes = await this.store.loadSenderKey(this.sender, distributionId);
    return bytes ? deserializeSenderKeyRecord(bytes) : EMPTY_SENDER_KEY_RECORD;
  }

  private save(distributionId: Uint8Array, record: SenderKeyRecord): Promise<void> {
    return this.store.storeSenderKey(this.sender, distributionId, serializeSenderKeyRecord(record));
  }
}
