import type { AccountId, ConversationId, DeviceId, DocumentName, LogName } from '@sotto/protocol';
import { documentName, logName, toBase64url } from '@sotto/protocol';
import { knownDevice } from '../../account/pinned-list.js';
import { isConversationError } from '../../conversation/errors.js';
import { equalBytes } from '../../conversation/hash.js';
import { openStateEnvelope } from '../../conversation/state-envelope.js';
import {
  type EffectiveEvent,
  foldState,
  type Judgement,
  type StateFold,
} from '../../conversation/state-fold.js';
import { StateHeads } from '../../conversation/state-heads.js';
import {
  readStateEvent,
  type VerifiedStateEvent,
  verifyStateEvent,
} from '../../conversation/state-signature.js';
import { decodeStoredContent, encodeStoredContent } from '../../conversation/stored-content.js';
import type { MessageStore, StoredEnvelope } from '../../store/message-store.js';
import type { Fresh } from '../../sync/incoming.js';
import type { People } from '../context/people.js';
import type { RoomFacts } from './room-facts.js';
import { StateKeyring } from './state-keyring.js';

type Position = { readonly document: DocumentName; readonly client: number; readonly clock: number };
/** An envelope whose state key has not come. */
type Sealed = Position & { readonly bytes: Uint8Array; readonly device: DeviceId };

/** The state log of one conversation: signed events, verified and folded. */
export class RoomState {
  readonly log: LogName;
  readonly #conversation: ConversationId;
  readonly #messages: MessageStore;
  readonly #people: People;
  readonly #keyring: StateKeyring;
  /** Signed events by hash, and those of them whose author is verified. */
  readonly #signed = new Map<string, Uint8Array>();
  readonly #verified = new Map<string, VerifiedStateEvent>();
  readonly #judged = new Map<string, Judgement>();
  /** Those that the log itself holds. */
  readonly #logged = new Set<string>();
  #sealed: Sealed[] = [];
  fold: StateFold;
  /** Accounts whose events can't be verified by the device lists that are known. */
  readonly strangers = new Set<AccountId>();
  /** Accounts whose events are here, and say something of devices that more of their lists would decide. */
  readonly undecided = new Set<AccountId>();
  #heads: { readonly events: number; readonly known: StateHeads } | undefined;
  /** Id of the key that a creation in the log opened with. */
  firstKey: Uint8Array | null;

  private constructor(
    conversation: ConversationId,
    messages: MessageStore,
    people: People,
    firstKey: Uint8Array | null,
  ) {
    this.log = logName('s', conversation);
    this.#conversation = conversation;
    this.#messages = messages;
    this.#people = people;
    this.#keyring = new StateKeyring(conversation);
    this.firstKey = firstKey;
    this.fold = foldState(conversation, []);
  }

  static async load(
    conversation: ConversationId,
    facts: RoomFacts | undefined,
    messages: MessageStore,
    people: People,
  ): Promise<RoomState> {
    const state = new RoomState(conversation, messages, people, facts?.firstKey ?? null);
    for (const segment of await messages.segments(state.log)) {
      for (const { content, ...position } of await messages.segment(documentName(state.log, segment))) {
        const stored = decodeStoredContent(content);
        if (stored.status === 'state') await state.#remember(stored.signed, true);
        if (stored.status === 'sealed')
          state.#sealed.push({ ...position, bytes: stored.sealed, device: stored.device });
      }
    }
    await state.addKeys((facts?.stateKeys ?? []).map(({ key }) => key));
    await state.add(facts?.events ?? []);
    return state;
  }

  /** Envelopes of the log that no key here opens. */
  get sealed(): number {
    return this.#sealed.length;
  }

  /** Where they are. */
  get sealedPositions(): readonly Position[] {
    return this.#sealed;
  }

  /** Whether the conversation is on the server, as far as its log is here. */
  get isOnServer(): boolean {
    return this.firstKey !== null;
  }

  /**
   * The key that the next event is sealed by: the one that the newest epoch brought. Undefined while it is not here; who
   * begins another epoch needs none.
   */
  get sealingKey(): Uint8Array | undefined {
    const named = this.fold.state?.keyId;
    if (named === null) return undefined;
    const id = named ?? this.firstKey;
    return id ? this.#keyring.get(id) : this.#keyring.all()[0];
  }

  /** The newest key that is here, which a new one seals. */
  get latestKey(): Uint8Array | undefined {
    return this.sealingKey ?? this.#keyring.all().at(-1);
  }

  /** Every signed event, the creation first and then the newest: what a new device begins with. */
  signedEvents(): Uint8Array[] {
    const creations = [...this.#verified].filter(([, { event }]) => event.type === 'create');
    const first = creations.map(([key]) => this.#signed.get(key)!);
    return [...first, ...[...this.#signed.values()].reverse().filter((signed) => !first.includes(signed))];
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
    for (const bytes of signed) await this.#remember(bytes);
    await this.refold();
  }

  /** Takes in state keys, and opens what waited for them. */
  async addKeys(keys: readonly Uint8Array[]): Promise<void> {
    if (await this.#keyring.add(keys)) await this.#openSealed();
  }

  /** What the state would be with one more event of this device's own. */
  foldWith(signed: Uint8Array): StateFold {
    const next = readStateEvent(signed) as VerifiedStateEvent;
    return foldState(this.#conversation, [...this.#counting(), next], new Map(this.#judged));
  }

  /**
   * What an event would do that is not in the log here, if it would take somebody out.
   * @returns undefined where it would not, or nobody knows who signed it
   */
  async wouldTakeOut(signed: Uint8Array, account: AccountId): Promise<EffectiveEvent | undefined> {
    const verified = await this.#verify(signed);
    if (verified?.event.type !== 'remove' || this.#signed.has(toBase64url(verified.hash))) return undefined;
    return this.foldWith(signed).effective.find(
      ({ hash, concerned }) => equalBytes(hash, verified.hash) && concerned.includes(account),
    );
  }

  /** Takes in an event that the log holds in this envelope. */
  async addLogged(signed: Uint8Array, envelope: Uint8Array): Promise<void> {
    await this.#remember(signed, true);
    if (readStateEvent(signed).event.type === 'create') this.firstKey ??= envelope.slice(1, 9);
    await this.refold();
  }

  /** Opens and stores what the state log brought; what does not open yet is stored as it is. */
  async take(document: DocumentName, fresh: Fresh): Promise<void> {
    for (const run of fresh.runs) {
      if (fresh.again)
        this.#sealed = this.#sealed.filter(
          (one) => one.document !== document || one.client !== run.client || one.clock < run.clock,
        );
      for (const [index, bytes] of run.envelopes.entries())
        this.#sealed.push({
          ...{ document, bytes, client: run.client, clock: run.clock + index },
          device: run.device ?? NOBODY,
        });
    }
    await this.#openSealed(true);
    await this.refold();
  }

  /** Verifies what can be verified by now, and folds. */
  async refold(): Promise<void> {
    this.strangers.clear();
    this.undecided.clear();
    for (const [key, signed] of this.#signed) {
      const before = this.#verified.get(key);
      if (before && !before.pending) continue;
      const verified = await this.#verify(signed);
      if (!verified) continue;
      if (verified.pending) this.undecided.add(verified.event.account);
      // What comes after it was judged without it.
      else if (before) this.#judged.clear();
      this.#verified.set(key, verified);
    }
    this.fold = foldState(this.#conversation, this.#counting(), this.#judged);
  }

  /** Of two people who began the same conversation at once one was first: the other's creation is in no log. */
  #counting(): VerifiedStateEvent[] {
    const all = [...this.#verified];
    const isLogged = ([key, { event }]: (typeof all)[number]) =>
      event.type !== 'create' || this.#logged.has(key);
    const counting = all.some(([key, { event }]) => event.type === 'create' && this.#logged.has(key))
      ? all.filter(isLogged)
      : all;
    return counting.map(([, verified]) => verified);
  }

  async #remember(signed: Uint8Array, logged = false): Promise<void> {
    try {
      const { event, hash } = readStateEvent(signed);
      const key = toBase64url(hash);
      if (logged) this.#logged.add(key);
      if (this.#signed.has(key)) return;
      this.#signed.set(key, signed);
      await this.#keyring.learn(event);
    } catch (error) {
      // Malformed for good, or of a newer layout: it has no meaning for this program.
      if (!isConversationError(error)) throw error;
    }
  }

  /**
   * Opens what is sealed, again while that brings keys.
   * @param fresh whether some of it is not stored yet
   */
  async #openSealed(fresh = false): Promise<void> {
    const stored: StoredEnvelope[] = [];
    for (let opened = -1; opened !== stored.length; ) {
      opened = stored.length;
      const left: Sealed[] = [];
      for (const sealed of this.#sealed) {
        const content = await this.#open(sealed);
        const { document, client, clock } = sealed;
        if (content) stored.push({ document, client, clock, content });
        else left.push(sealed);
      }
      this.#sealed = left;
    }
    if (fresh)
      for (const { document, client, clock, bytes, device } of this.#sealed) {
        const content = encodeStoredContent({ status: 'sealed', device, sealed: bytes });
        stored.push({ document, client, clock, content });
      }
    if (stored.length > 0) await this.#messages.put(stored);
  }

  async #open({ document, client, clock, bytes }: Sealed): Promise<Uint8Array | undefined> {
    const position = { document, client, clock };
    try {
      const key = this.#keyring.get(bytes.slice(1, 9));
      const opened = await openStateEnvelope({ bytes, position, keys: key ? [key] : [] });
      if (opened.status === 'no-key') return undefined;
      await this.#remember(opened.signed, true);
      const { event } = readStateEvent(opened.signed);
      if (event.type === 'create') this.firstKey ??= bytes.slice(1, 9);
      return encodeStoredContent({ status: 'state', device: event.device, signed: opened.signed });
    } catch (error) {
      if (!isConversationError(error)) throw error;
      return encodeStoredContent({ status: 'refused', device: NOBODY, reason: error.code });
    }
  }

  async #verify(signed: Uint8Array): Promise<VerifiedStateEvent | undefined> {
    const { event } = readStateEvent(signed);
    const person = await this.#people.known(event.account);
    const deviceOf = (device: DeviceId) => person && knownDevice(person.list, device);
    try {
      return await verifyStateEvent(signed, this.#conversation, deviceOf);
    } catch (error) {
      if (!isConversationError(error)) throw error;
      // Also where the device is known, it may have been listed under another account key before.
      if (error.code === 'conversation/unknown-device' || person?.list.isPastKnown === false)
        this.strangers.add(event.account);
      return undefined;
    }
  }
}

/** The author of what did not open. */
const NOBODY = 'AAAAAAAAAAAAAAAAAAAAAA' as DeviceId;
