import type { AccountId, ConversationId, DocumentName } from '@sotto/protocol';
import { documentName, parseDocumentName } from '@sotto/protocol';
import type { Clock } from '../../conversation/clock.js';
import type { Role } from '../../conversation/state-body.js';
import type { ConversationState, EffectiveEvent, MemberState } from '../../conversation/state-fold.js';
import type { TimelineMessage } from '../../conversation/timeline-entry.js';
import { envelopesIn, type Fresh, type FreshRun } from '../../sync/incoming.js';
import type { OutboxEntry } from '../../sync/outbox.js';
import type { ReadUpTo } from '../context/account-state.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Belonging } from '../context/holding.js';
import { Serial } from '../context/serial.js';
import type { Summary } from '../context/summary.js';
import { archiveFacts } from './archiving.js';
import type { LogReader, Read } from './log-reader.js';
import { RoomChains } from './room-chains.js';
import { decodeFacts, FACTS_PREFIX, factsWrite, type RoomFacts } from './room-facts.js';
import { RoomHistory } from './room-history.js';
import { RoomState } from './room-state.js';
import { summarize } from './room-summary.js';
import { peerOf, type Scope } from './scope.js';

/** What happened in a room, for whoever owns it. */
export interface RoomEvents {
  /** Something to be seen changed. */
  changed(room: Room): void;
  /** Messages of others came. */
  heard(room: Room): void;
  /** This account is in a group again that it had taken off its list. */
  shownAgain(id: ConversationId): void;
  /** State or keys changed: what waits may go on. */
  unblocked(room: Room): void;
}

/** One conversation on an open device: its state, its chains and its history. */
export class Room {
  readonly id: ConversationId;
  readonly scope: Scope;
  readonly state: RoomState;
  readonly chains: RoomChains;
  readonly history: RoomHistory;
  facts: RoomFacts | undefined;
  /** The server's state counter; 0 until the conversation exists there. */
  counter = 0;
  /** False once the server has said that this account does not belong. */
  admitted = true;
  /** What took this account out, as whoever did it says: the log does not show it any more. */
  farewell: EffectiveEvent | undefined;
  readonly #context: DeviceContext;
  readonly #events: RoomEvents;
  readonly #serial = new Serial();
  #isMissing = true;
  readonly #factsInTurn = new Serial();

  private constructor(
    context: DeviceContext,
    events: RoomEvents,
    known: Pick<Room, 'id' | 'scope' | 'facts' | 'state' | 'chains'>,
  ) {
    this.#context = context;
    this.#events = events;
    this.id = known.id;
    this.scope = known.scope;
    this.facts = known.facts;
    this.state = known.state;
    this.chains = known.chains;
    this.history = new RoomHistory(context, known.id, known.chains, this);
    this.admitted = context.summaries.get(known.id)?.member ?? true;
  }

  static async load(
    context: DeviceContext,
    events: RoomEvents,
    id: ConversationId,
    scope: Scope,
  ): Promise<Room> {
    const value = await context.keys.get(`${FACTS_PREFIX}${id}`);
    const facts = value && decodeFacts(value);
    const chains = await RoomChains.load(context.keys, id);
    const state = await RoomState.load(id, facts, context.messages, context.people);
    return new Room(context, events, { id, scope, facts, state, chains });
  }

  get kind(): Scope['kind'] {
    return this.scope.kind;
  }

  /** What the state log says, as far as it is here. */
  get meaning(): ConversationState | undefined {
    return this.state.fold.state;
  }

  /** Whether this account belongs, as the server says and the state does. */
  get member(): boolean {
    return this.admitted && this.members.includes(this.#context.self.account);
  }

  /** Whether this account is known to belong, or to have belonged: anybody may give it keys of a group that it is not in. */
  get isOurs(): boolean {
    const { self } = this.#context;
    if (this.kind === 'direct') return true;
    return (
      this.meaning !== undefined && (this.#own !== undefined || this.meaning.departures.has(self.account))
    );
  }

  /** This account's role; null once it does not belong. */
  get role(): Role | null {
    return (this.member && this.#own?.role) || (this.member && this.kind === 'direct' ? 'admin' : null);
  }

  /** Of a group; else empty. */
  get name(): string {
    return this.meaning?.name ?? '';
  }

  /** Who belongs, this account included: as the state says, or as a direct conversation's id does. */
  get members(): readonly AccountId[] {
    const { members } = this.meaning ?? {};
    if (members) return members.map(({ account }) => account);
    const peer = peerOf(this.scope);
    return peer === undefined ? [this.#context.self.account] : [this.#context.self.account, peer];
  }

  get others(): readonly AccountId[] {
    return this.members.filter((account) => account !== this.#context.self.account);
  }

  /** The others, and by which account keys the state has them. */
  get belonging(): readonly Belonging[] {
    const members = new Map(this.state.fold.state?.members.map((member) => [member.account, member]));
    return this.others.map((account) => ({ account, identities: members.get(account)?.identities }));
  }

  /** The other person; in a group who brought this account into it, null for who made it. */
  get peer(): AccountId | null {
    if (this.scope.kind === 'direct') return this.scope.peer;
    const { self, summaries } = this.#context;
    const by = this.#own?.by ?? summaries.get(this.id)?.peer?.account ?? null;
    return by === self.account ? null : by;
  }

  get #own(): MemberState | undefined {
    return this.meaning?.members.find(({ account }) => account === this.#context.self.account);
  }

  /** Whether this account came, or came back, when the group did not share what was said before. */
  get isLate(): boolean {
    let [isShared, isLate] = [false, false];
    if (this.kind === 'direct') return false;
    for (const { event, concerned } of this.state.fold.effective) {
      if (event.type === 'create') isShared = event.body.past;
      if (event.type === 'past') isShared = event.body.shared;
      if (event.type === 'add' && concerned.includes(this.#context.self.account)) isLate = !isShared;
    }
    return isLate;
  }

  get summary(): Summary | undefined {
    return this.#context.summaries.get(this.id);
  }

  /** Runs `task` after everything else that reads or changes this room. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    return this.#serial.run(task);
  }

  /**
   * Changes what this device knows of the conversation, durably.
   * @param change pure; called again with newer facts if they changed meanwhile
   */
  changeFacts(change: (facts: RoomFacts | undefined) => RoomFacts | undefined): Promise<void> {
    return this.#factsInTurn.run(async () => {
      for (;;) {
        const before = this.facts;
        const next = change(before);
        if (next === before || !next) return;
        const archived = await archiveFacts(this.#context.archive, this.id, before, next);
        await this.#context.keys.write([factsWrite(this.id, next), ...archived.writes]);
        archived.done();
        if (this.facts !== before) continue;
        this.facts = next;
        return;
      }
    });
  }

  /** Takes in what the server brought for one of the three logs. */
  take(document: DocumentName, update: Uint8Array): Promise<{ gap: boolean }> {
    return this.alone(async () => {
      const { kind } = parseDocumentName(document).document.log;
      const fresh = await this.#context.incoming.fresh(document, update);
      if (fresh.runs.length === 0) return fresh;
      if (kind === 's') return this.#takeState(document, fresh);
      if (kind === 'm' && this.history.isPast(segmentOf(document))) await this.#takePast(document, fresh);
      else await this.#takeSaid(document, fresh, this.history.reader(kind === 'm' ? 'm' : 'r'));
      return fresh;
    });
  }

  /** The newest segments are in the timeline: enough for the window, and back to where reading stopped. */
  open(): Promise<void> {
    return this.#changing(() => this.history.loadNewest());
  }

  /** Shows more. @returns a segment to ask the server for, when this device does not hold what comes before */
  older(): Promise<DocumentName | undefined> {
    return this.#changing(() => this.history.more());
  }

  /** What was missing for the window has come. */
  refill(): Promise<DocumentName | undefined> {
    return this.#changing(() => this.history.fillWindow());
  }

  /** An own event that the server took. To be called within {@link alone}. */
  async keepState(signed: Uint8Array, envelope: Uint8Array): Promise<void> {
    await this.state.addLogged(signed, envelope);
    await this.stateChanged();
  }

  /** Somebody's devices are known who were not: what they signed may count now. */
  refold(): Promise<void> {
    return this.alone(async () => {
      await this.state.refold();
      await this.stateChanged();
    });
  }

  /** Takes in what a key record brought for the state. To be called within {@link alone}. */
  async learn(stateKey: Uint8Array, events: readonly Uint8Array[]): Promise<void> {
    await this.state.addKeys([stateKey]);
    await this.state.add(events);
    await this.stateChanged();
  }

  /** The state may say something else than before: keeps what has to be known without loading the room. */
  async stateChanged(): Promise<void> {
    const { firstKey } = this.state;
    const members = [...this.members].sort();
    await this.changeFacts((facts) => {
      if (!facts) return facts;
      const isSame = facts.firstKey === firstKey || (facts.firstKey && firstKey);
      if (isSame && facts.members.join() === members.join()) return facts;
      return { ...facts, members, firstKey: facts.firstKey ?? firstKey };
    });
    this.history.sift();
    await this.settle();
  }

  /** The server says that this account does not belong any more; should it come back, it comes anew. */
  async notAdmitted(): Promise<void> {
    this.admitted = false;
    await this.changeFacts((facts) => (facts?.joined ? { ...facts, joined: null } : facts));
    await this.settle();
  }

  /** Everything of the messages that the server had when this connection began is here. */
  async caughtUp(): Promise<void> {
    this.#tellMissing();
    if (!this.isLate || !this.facts || this.facts.joined) return;
    const { heads, incoming } = this.#context;
    const { log } = this.history.log;
    const { segment, count } = heads.of(log);
    const vector = await incoming.vector(documentName(log, segment));
    if (!heads.known(log) || envelopesIn(vector) < count) return;
    await this.changeFacts((facts) => facts && { ...facts, joined: { segment, before: [...vector] } });
  }

  /** Chains came: opens what waited for them. */
  async keysArrived(): Promise<void> {
    await this.#changing(() => this.history.retryWaiting());
    this.#events.unblocked(this);
  }

  /** An own event that was queued, failed or taken back. */
  showQueued(entry: OutboxEntry): Promise<void> {
    return this.#changing(async () => this.history.showQueued(entry));
  }

  /** Own envelopes that the server acknowledged, kept and shown. */
  keepOwn(kept: Parameters<LogReader['keepOwn']>[0], log: 'm' | 'r'): Promise<void> {
    return this.#changing(async () => {
      const reader = this.history.reader(log);
      const documents = new Set(kept.map(({ position }) => position.document));
      for (const document of documents) this.history.show(await reader.load(segmentOf(document)));
      const read = await reader.keepOwn(kept);
      for (const { position } of kept)
        this.#context.incoming.stored(position.document, position.client, position.clock + 1);
      this.history.show(read);
    });
  }

  /** Everything of others up to this message was seen on this device. @returns whether that is news */
  markRead(message: TimelineMessage): Promise<boolean> {
    return this.#changing(async () => {
      const { self } = this.#context;
      const others = this.history.timeline
        .upTo(message.key)
        .filter(({ account }) => account !== self.account);
      return others
        .map((entry) => this.history.raise({ ...entry, delivered: entry.seq, read: entry.seq }))
        .some(Boolean);
    });
  }

  /** What was read on another own device, where no receipt says so. */
  async readElsewhere(marks: readonly ReadUpTo[]): Promise<void> {
    const isNews = marks.some((mark) => this.history.marks.read(mark) < mark.seq);
    if (!isNews) return;
    await this.#changing(async () => {
      for (const mark of marks) this.history.raiseRead(mark);
    });
  }

  /** Brings the summary up to date with the history and tells of the change. */
  async settle(): Promise<void> {
    this.history.timeline.setOthers(this.#readers());
    this.#context.summaries.put(this.id, await summarize(this.#context, this));
    this.#events.changed(this);
    this.#tellMissing();
    // Only now: whether a receipt is owed depends on the summary, which says who wrote.
    if (this.history.takeHeard()) this.#events.heard(this);
  }

  /** Of whom a mark may tell: of each, what was written since they came. */
  #readers(): { account: AccountId; since?: Clock }[] {
    const { members } = this.meaning ?? {};
    if (!members) return this.others.map((account) => ({ account }));
    const others = members.filter(({ account }) => account !== this.#context.self.account);
    return others.map(({ account, since }) => (this.kind === 'group' ? { account, since } : { account }));
  }

  #changing<T>(change: () => Promise<T>): Promise<T> {
    return this.alone(async () => {
      const result = await change();
      await this.settle();
      return result;
    });
  }

  async #takeState(document: DocumentName, fresh: Fresh): Promise<{ gap: boolean }> {
    await this.state.take(document, fresh);
    this.#stored(document, fresh.runs);
    await this.stateChanged();
    this.#events.unblocked(this);
    return fresh;
  }

  async #takeSaid(document: DocumentName, fresh: Fresh, reader: LogReader): Promise<void> {
    this.history.show(await reader.load(segmentOf(document)));
    // Seen as soon as it is opened; told of, by receipts and notices, once it is stored.
    const read = await reader.take(document, fresh, async (opened) => {
      this.history.showNew(opened);
      this.#context.summaries.show(this.id, await summarize(this.#context, this));
      this.#events.changed(this);
    });
    this.#stored(
      document,
      fresh.runs.filter((run) => reader.owns(document, run.client)),
    );
    await this.settle();
    await this.#noticeCopies(reader, read);
  }

  /** What was said before all that is shown. */
  async #takePast(document: DocumentName, fresh: Fresh): Promise<void> {
    const clients = await this.history.log.store(document, fresh);
    this.#stored(
      document,
      fresh.runs.filter(({ client }) => clients.has(client)),
    );
    if (!this.history.wantsPast()) return;
    await this.history.fillWindow();
    await this.settle();
  }

  /** An envelope under this device's name that it does not remember writing: somebody holds a copy of it. */
  async #noticeCopies(reader: LogReader, read: Read): Promise<void> {
    const { self, feeds, copied } = this.#context;
    for (const { device, generation, seq } of read.entries) {
      if (device !== self.device || generation !== self.generation) continue;
      if (!(await feeds.remembers(reader.log, seq))) return copied();
    }
  }

  /** What members said and is not here; and that nothing is missing any more. */
  #tellMissing(): void {
    const missing = this.history.sequences.missing();
    if (missing.length > 0 || this.#isMissing) this.#context.missing(this.id);
    this.#isMissing = missing.length > 0;
  }

  #stored(document: DocumentName, runs: readonly FreshRun[]): void {
    for (const run of runs)
      this.#context.incoming.stored(document, run.client, run.clock + run.envelopes.length);
  }
}

function segmentOf(document: DocumentName): number {
  return parseDocumentName(document).document.segment;
}
