import type { AccountId, ConversationId, DeviceId, DocumentName, LogName } from '@sotto/protocol';
import { documentName, logName, toBase64url } from '@sotto/protocol';
import { knownDevice } from '../../account/pinned-list.js';
import { isConversationError } from '../../conversation/errors.js';
import { equalBytes } from '../../conversation/hash.js';
import { openStateEnvelope, stateKeyId } from '../../conversation/state-envelope.js';
import { foldState, type StateFold } from '../../conversation/state-fold.js';
import { StateHeads } from '../../conversation/state-heads.js';
import {
  type KnownDevice,
  readStateEvent,
  type VerifiedStateEvent,
  verifyStateEvent,
} from '../../conversation/state-signature.js';
import { decodeStoredContent, encodeStoredContent } from '../../conversation/stored-content.js';
import type { MessageStore, StoredEnvelope } from '../../store/message-store.js';
import type { Fresh } from '../../sync/incoming.js';
import type { People } from '../context/people.js';
import type { RoomFacts } from './room-facts.js';

/** The state log of one conversation: signed events, verified and folded. */
export class RoomState {
  readonly log: LogName;
  readonly #conversation: ConversationId;
  readonly #messages: MessageStore;
  readonly #people: People;
  /** Signed events by hash, and those of them whose author is verified. */
  readonly #signed = new Map<string, Uint8Array>();
  readonly #verified = new Map<string, VerifiedStateEvent>();
  fold: StateFold;
  /** Accounts whose events can't be verified by the device lists that are known. */
  readonly strangers = new Set<AccountId>();
  #heads: { readonly events: number; readonly known: StateHeads } | undefined;
  /** The state key that the log's newest envelope opened with. */
  keyInUse: Uint8Array | undefined;

  private constructor(conversation: ConversationId, messages: MessageStore, people: People) {
    this.log = logName('s', conversation);
    this.#conversation = conversation;
    this.#messages = messages;
    this.#people = people;
    this.fold = foldState(conversation, []);
  }

  static async load(
    conversation: ConversationId,
    facts: RoomFacts | undefined,
    messages: MessageStore,
    people: People,
  ): Promise<RoomState> {
    const state = new RoomState(conversation, messages, people);
    for (const segment of await messages.segments(state.log)) {
      for (const { content } of await messages.segment(documentName(state.log, segment))) {
        const stored = decodeStoredContent(content);
        if (stored.status === 'state') state.#remember(stored.signed);
      }
    }
    await state.add(facts?.events ?? []);
    return state;
  }

  /** Every signed event, the creation first: what a new device begins with. */
  signedEvents(): Uint8Array[] {
    const creations = [...this.#verified].filter(([, { event }]) => event.type === 'create');
    const first = creations.map(([key]) => this.#signed.get(key)!);
    return [...first, ...[...this.#signed.values()].filter((signed) => !first.includes(signed))];
  }

  /** Whether a state head that somebody names is made of events that are here, whoever signed them. */
  knowsHead(head: Uint8Array): boolean {
    if (this.#heads?.events !== this.#signed.size) {
      const events = [...this.#signed.values()].map((signed) => readStateEvent(signed));
      this.#heads = { events: this.#signed.size, known: new StateHeads(events) };
    }
    return this.#heads!.known.has(head);
  }

  /** A creation that a device of this account signed. */
  creationBy(account: AccountId): Uint8Array | undefined {
    for (const [key, { event }] of this.#verified)
      if (event.type === 'create' && event.account === account) return this.#signed.get(key);
    return undefined;
  }

  /** Takes in signed events, from a key record or of this device's own making, and folds anew. */
  async add(signed: readonly Uint8Array[]): Promise<void> {
    for (const bytes of signed) this.#remember(bytes);
    await this.refold();
  }

  /**
   * Opens and stores what the state log brought.
   * @returns false when a state key is missing: nothing was stored, and the log has to be asked for again
   */
  async take(document: DocumentName, fresh: Fresh, facts: RoomFacts | undefined): Promise<boolean> {
    const opened: StoredEnvelope[] = [];
    for (const run of fresh.runs) {
      for (const [index, bytes] of run.envelopes.entries()) {
        const position = { document, client: run.client, clock: run.clock + index };
        const content = await this.#open(position, bytes, facts?.stateKeys ?? []);
        if (!content) return false;
        opened.push({ ...position, content });
      }
    }
    await this.#messages.put(opened);
    await this.refold();
    return true;
  }

  /** Verifies what can be verified by now, and folds. */
  async refold(): Promise<void> {
    this.strangers.clear();
    for (const [key, signed] of this.#signed) {
      if (this.#verified.has(key)) continue;
      const verified = await this.#verify(signed);
      if (verified) this.#verified.set(key, verified);
    }
    this.fold = foldState(this.#conversation, this.#verified.values());
  }

  #remember(signed: Uint8Array): void {
    try {
      this.#signed.set(toBase64url(readStateEvent(signed).hash), signed);
    } catch (error) {
      // Malformed for good, or of a newer layout: it has no meaning for this program.
      if (!isConversationError(error)) throw error;
    }
  }

  async #open(
    position: { document: DocumentName; client: number; clock: number },
    bytes: Uint8Array,
    keys: readonly Uint8Array[],
  ): Promise<Uint8Array | undefined> {
    try {
      const opened = await openStateEnvelope({ bytes, position, keys });
      if (opened.status === 'no-key') return undefined;
      this.#remember(opened.signed);
      this.keyInUse = keys.find((key) => equalBytes(stateKeyId(key), bytes.subarray(1, 9)));
      const { device } = readStateEvent(opened.signed).event;
      return encodeStoredContent({ status: 'state', device, signed: opened.signed });
    } catch (error) {
      if (!isConversationError(error)) throw error;
      const device = NOBODY;
      return encodeStoredContent({ status: 'refused', device, reason: error.code });
    }
  }

  async #verify(signed: Uint8Array): Promise<VerifiedStateEvent | undefined> {
    const { event } = readStateEvent(signed);
    const person = await this.#people.known(event.account);
    const known = (device: DeviceId): KnownDevice | undefined => person && knownDevice(person.list, device);
    try {
      return await verifyStateEvent(signed, this.#conversation, known);
    } catch (error) {
      // An unknown device may be listed later; what is forged stays out of the fold.
      if (!isConversationError(error)) throw error;
      if (error.code === 'conversation/unknown-device') this.strangers.add(event.account);
      return undefined;
    }
  }
}

/** The author of what did not open. */
const NOBODY = 'AAAAAAAAAAAAAAAAAAAAAA' as DeviceId;
