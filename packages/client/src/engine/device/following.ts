import type {
  AccountId,
  ConversationHead,
  ConversationId,
  DocumentName,
  LogName,
  Notice,
} from '@sotto/protocol';
import { documentName, logName, ProtocolError, parseDocumentName, parseLogName } from '@sotto/protocol';
import { againMs } from '../../account/again-ms.js';
import { morePreKeys } from '../../account/device-keys.js';
import { isAccountError } from '../../account/errors.js';
import type { Resumed } from '../../sync/coming-back.js';
import type { DeviceContext } from '../context/device-context.js';
import { SerialByKey } from '../context/serial.js';
import type { DeviceHistory } from '../history/device-history.js';
import type { Room } from '../room/room.js';
import { conversationLogs, subscribeAll, wantedOf } from './catch-up.js';
import type { InboxReader } from './inbox-reader.js';
import type { Rooms } from './rooms.js';

/** Before a reader that could not look somebody up tries again, milliseconds. */
const LOOKUP_MS = 5_000;
/** Before what could not be read is asked for again, where the server named no time. Milliseconds. */
const READ_AGAIN_MS = 1_000;

/** What following needs of the device. */
export interface Followed {
  readonly context: DeviceContext;
  readonly rooms: Rooms;
  readonly inbox: InboxReader;
  readonly history: DeviceHistory;
  /** The account's own settings changed. */
  listChanged(): void;
  /** A document of this room was answered in full. */
  caughtUp(room: Room): void;
  /** Runs what nobody waits for. */
  guard(work: () => Promise<void>): void;
}

/** Follows what the server says: catches up after a welcome, takes in updates, heeds notices. */
export class Following {
  readonly #followed: Followed;
  readonly #documents = new SerialByKey();
  readonly #answers = new Map<DocumentName, () => void>();

  constructor(followed: Followed) {
    this.#followed = followed;
  }

  /** Everything that came so far was taken in. */
  idle(): Promise<void> {
    return this.#documents.idle();
  }

  /** Resolves when the server answered about a document, false when it did not within `ms` milliseconds. */
  nextAnswer(document: DocumentName, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answers.delete(document) && resolve(false), ms);
      this.#answers.set(document, () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** @param resumed what the server said to the cursor; undefined where there was none */
  async welcome(conversations: readonly ConversationHead[], resumed?: Resumed): Promise<void> {
    const { context } = this.#followed;
    const { comingBack } = context;
    const belongs = new Set(conversations.map(({ conversation }) => conversation));
    const said = comingBack.begin(resumed, belongs);
    if (said) comingBack.leave([...this.#ownLogs(), ...[...said].flatMap((id) => conversationLogs(id))]);
    const isQuiet = (log: LogName) => comingBack.isQuiet(log);
    context.heads.begin({ isQuiet, ask: (log) => subscribeAll(context, [log]) });
    context.catchingUp.begin(isQuiet);
    context.people.outdated();
    for (const { conversation, counter } of conversations)
      this.#followed.rooms.heard(conversation, counter, true);
    this.#followed.history.begin(belongs);
    const followed = this.#followed.rooms
      .known()
      .filter((id) => belongs.has(id) && !this.#followed.history.isToCome(id));
    for (const id of this.#followed.rooms.known())
      if (!belongs.has(id)) this.#followed.guard(() => this.#notListed(id));
    if (said) await this.#askForRest(followed.filter((id) => !said.has(id)));
    else subscribeAll(context, [...this.#ownLogs(), ...followed.flatMap((id) => conversationLogs(id))]);
    this.#followed.guard(() => this.#askForDoubted());
    if (!context.clientIds.current) await context.freshClientId();
    const { outbox, wishes, owedBounds } = context;
    const waiting = [...outbox.conversations(), ...wishes.conversations(), ...owedBounds.conversations()];
    for (const id of new Set(waiting)) {
      const open = await this.#followed.rooms.get(id);
      if (open) open.sender.kick();
    }
    // The archive's wait until it is known what is there.
    for (const log of context.posts.logs().filter((name) => name !== context.archive.log))
      this.#followed.guard(() => context.sendPosts(log));
    this.#followed.guard(() => this.#replenish());
  }

  #ownLogs(): LogName[] {
    const { context, inbox } = this.#followed;
    return [inbox.log, context.accountLog.log, context.archive.log];
  }

  /** What the cursor did not stand for, and what was left half done. @param others conversations */
  async #askForRest(others: readonly ConversationId[]): Promise<void> {
    const { context, history, rooms } = this.#followed;
    const { comingBack, catchingUp } = context;
    const left = [...(await catchingUp.halfAsked()), ...comingBack.left];
    const half = left.filter((log) => comingBack.isQuiet(log));
    for (const log of [context.accountLog.log, context.archive.log])
      if (comingBack.isQuiet(log)) history.head(log, []);
    subscribeAll(context, [...others.flatMap((id) => conversationLogs(id)), ...half]);
    // Whether a receipt is owed is looked at as if their heads had come.
    for (const { room } of await rooms.loaded())
      if (comingBack.isQuiet(room.history.receipts.log)) this.#followed.caughtUp(room);
  }

  /** Asks for every log that is followed, whatever the server said. */
  compareAll(): void {
    const { context } = this.#followed;
    const { followed } = context.comingBack;
    subscribeAll(context, [...this.#ownLogs(), ...[...followed].flatMap((id) => conversationLogs(id))]);
  }

  /** Logs in which something waits that only this device knows of. */
  get left(): readonly LogName[] {
    const { inbox } = this.#followed;
    return inbox.holds ? [inbox.log] : [];
  }

  /** What made no sense as it came, and what no key has opened, may have been spoilt on its way. */
  async #askForDoubted(): Promise<void> {
    const { context, rooms } = this.#followed;
    for (const { room } of await rooms.loaded())
      await context.incoming.doubt([
        ...room.history.waiting.map(({ position }) => position),
        ...room.state.sealedPositions,
      ]);
    for (const document of await context.incoming.askAgain(context.now()))
      context.connection.askFor(document, await context.incoming.vector(document));
  }

  /** The server does not name a conversation any more: this account was taken out while this device was away. */
  async #notListed(id: ConversationId): Promise<void> {
    const open = await this.#followed.rooms.get(id);
    if (!open?.room.state.isOnServer || !open.room.admitted) return;
    await this.#notAdmitted(id);
  }

  /** People see that they are out, and what they wished is given up. */
  async #notAdmitted(id: ConversationId): Promise<void> {
    const open = await this.#followed.rooms.getOpen(id);
    await open.room.alone(() => open.room.notAdmitted());
    open.sender.kick();
  }

  async head(log: LogName, segment: number, count: number): Promise<void> {
    const { context } = this.#followed;
    context.heads.set(log, { segment, count });
    if (log === this.#followed.inbox.log) this.#followed.inbox.holds = false;
    // Of another device's inbox it is told to those who write there, not to read by.
    if (log !== this.#followed.inbox.log && parseLogName(log).log.kind === 'i') return;
    const wanted = await wantedOf(context, this.#followed.inbox, log, { segment, count });
    for (const { document, have } of wanted) context.connection.askFor(document, have);
    this.#followed.history.head(
      log,
      wanted.map(({ document }) => document),
    );
    const { kind, owner } = parseLogName(log).log;
    if (kind !== 's' && kind !== 'm' && kind !== 'r') return;
    if (kind === 'm' && wanted.length === 0) await this.#firstRead(owner, segment);
    // Whether a receipt is owed is known once what other own devices said is here.
    const isComplete = async () => (await context.catchingUp.complete(log)) || kind === 'r';
    const caughtUp = wanted.length === 0 && (await isComplete());
    const open = await this.#followed.rooms.get(owner);
    if (open && caughtUp) this.#followed.caughtUp(open.room);
    const { outbox, wishes, owedBounds } = context;
    const isWaiting = [outbox.of(owner), wishes.waiting(owner), owedBounds.of(owner)].some(
      (of) => of.length > 0,
    );
    if (open && isWaiting) open.sender.kick();
  }

  /** Documents go on beside each other; within one, updates are taken in the order they came. */
  async update(document: DocumentName, update: Uint8Array, answer: boolean): Promise<void> {
    const { log, document: parsed } = parseDocumentName(document);
    this.#followed.context.heads.reached(log, parsed.segment);
    return this.#documents.run(document, async () => {
      await this.#take(document, update, answer);
      if (answer) this.#followed.history.answered(document);
    });
  }

  async #take(document: DocumentName, update: Uint8Array, answer: boolean): Promise<void> {
    const { kind, owner } = parseDocumentName(document).document.log;
    if (kind === 'i') await this.#takeInbox(document, update);
    else if (kind === 'a') await this.#takeAccount(document, update, answer);
    else if (kind === 'k') await this.#takeArchive(document, update, answer);
    else if (kind === 'm' || kind === 's' || kind === 'r') {
      const open = await this.#followed.rooms.get(owner);
      if (!open) return;
      const { gap } = await open.room.take(document, update);
      if (answer && !gap) {
        const { catchingUp, heads } = this.#followed.context;
        await catchingUp.answered(document);
        const { log, document: parsed } = parseDocumentName(document);
        if (kind === 'm' && heads.of(log).segment === parsed.segment)
          await this.#firstRead(owner, parsed.segment);
        this.#followed.caughtUp(open.room);
      }
      if (answer && gap) this.#followed.context.comingBack.spoil();
      if (answer) this.#answered(document);
      if (answer && this.#followed.context.outbox.of(owner).length > 0) open.sender.kick();
      // An answer that leaves a gap would leave it again.
      if (gap && !answer) await this.#fillGap(document);
    }
  }

  /** What the newest segment holds as it is first here was there before this device; whatever comes from now on is live. */
  async #firstRead(id: ConversationId, segment: number): Promise<void> {
    const { incoming, progress } = this.#followed.context;
    if (progress.hasReached(id)) return;
    await progress.reached(id, segment, await incoming.vector(documentName(logName('m', id), segment)));
  }

  async #fillGap(document: DocumentName): Promise<void> {
    const { catchingUp, connection, incoming } = this.#followed.context;
    const { log, document: parsed } = parseDocumentName(document);
    if (parsed.log.kind === 'm') await catchingUp.asking(log, [parsed.segment]);
    connection.askFor(document, await incoming.vector(document));
  }

  /** What was left unread in the inbox may be read now. */
  readInboxAgain(): void {
    this.#followed.context.connection.subscribe([this.#followed.inbox.log]);
  }

  #answered(document: DocumentName): void {
    this.#answers.get(document)?.();
    this.#answers.delete(document);
  }

  async #takeInbox(document: DocumentName, update: Uint8Array): Promise<void> {
    try {
      await this.#followed.inbox.take(document, update);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#followed.context.comingBack.asking(document);
      setTimeout(() => this.#followed.guard(() => this.#askInbox(document)), LOOKUP_MS);
    }
  }

  async #askInbox(document: DocumentName): Promise<void> {
    this.#followed.context.connection.askFor(document, await this.#followed.inbox.vector(document));
  }

  async #takeAccount(document: DocumentName, update: Uint8Array, answer: boolean): Promise<void> {
    const { incoming, accountLog } = this.#followed.context;
    const fresh = await incoming.fresh(document, update);
    await incoming.doubt(await accountLog.take(document, fresh));
    for (const run of fresh.runs) incoming.stored(document, run.client, run.clock + run.envelopes.length);
    if (fresh.runs.length > 0) this.#followed.listChanged();
    if (fresh.gap && !answer) await this.#fillGap(document);
  }

  async #takeArchive(document: DocumentName, update: Uint8Array, answer: boolean): Promise<void> {
    const { gap } = await this.#followed.history.archive.take(document, update);
    if (gap && !answer) await this.#fillGap(document);
  }

  /** A log or document could not be read now; it is asked for again. Other refusals would be the same again. */
  async refused(error: ProtocolError, subject: string): Promise<void> {
    if (error.retry !== 'later' || subject === '') return this.#refusedForGood(subject);
    setTimeout(
      () => this.#followed.guard(() => this.#askAgain(subject)),
      againMs(error.retryAfterMs || READ_AGAIN_MS),
    );
  }

  async #refusedForGood(subject: string): Promise<void> {
    const [kind, owner] = subject.split('.');
    if (owner && (kind === 's' || kind === 'm' || kind === 'r'))
      this.#followed.context.comingBack.lost(owner as ConversationId);
  }

  async #askAgain(subject: string): Promise<void> {
    const { connection, incoming } = this.#followed.context;
    if (subject.split('.').length < 3) return connection.subscribe([parseLogName(subject).name]);
    const { name, log } = parseDocumentName(subject);
    const inbox = log === this.#followed.inbox.log;
    connection.askFor(name, await (inbox ? this.#followed.inbox.vector(name) : incoming.vector(name)));
  }

  async notice(notice: Notice): Promise<void> {
    if (notice.kind === 'access') await this.#access(notice);
    if (notice.kind === 'devices') await this.devicesChanged(notice.account);
  }

  async #access(notice: Extract<Notice, { kind: 'access' }>): Promise<void> {
    const { conversation, counter, member } = notice;
    this.#followed.rooms.heard(conversation, counter, member);
    if (!this.#followed.rooms.has(conversation)) return;
    if (!member) this.#followed.context.comingBack.lost(conversation);
    if (!member) return this.#notAdmitted(conversation);
    // What the state is under the new counter has to be read before anything is sealed under it.
    const logs = conversationLogs(conversation);
    this.#followed.context.heads.forget(logs[0]!);
    subscribeAll(this.#followed.context, logs);
    await this.#lookWhetherGone(conversation);
  }

  /** The list of a direct conversation also changes when the other person's account is erased (SPEC O3). */
  async #lookWhetherGone(conversation: ConversationId): Promise<void> {
    const { context, rooms } = this.#followed;
    const peer = rooms.peer(conversation);
    if (!peer || !(await context.people.known(peer))) return;
    context.people.outdated(peer);
    try {
      await context.people.fresh(peer);
    } catch (error) {
      // Whoever needs to know asks again.
      if (!(error instanceof ProtocolError) && !isAccountError(error)) throw error;
    }
  }

  /** A device was linked or removed: its account's rooms get the chain to it, and events it signed may verify now. */
  async devicesChanged(account: AccountId): Promise<void> {
    const { context } = this.#followed;
    context.people.outdated(account);
    try {
      await context.people.fresh(account);
    } catch (error) {
      // A list that does not verify changes nothing here; that it was shown is remembered with the person.
      if (isAccountError(error)) return;
      throw error;
    }
    if (account === context.self.account) await this.#followed.history.ownDevicesChanged();
    await this.membersChanged(account);
  }

  /** Other devices speak for this account than before. */
  async membersChanged(account: AccountId): Promise<void> {
    const { context } = this.#followed;
    for (const id of this.#followed.rooms.known()) {
      if (account !== context.self.account && !this.#followed.rooms.concerns(id, account)) continue;
      const open = await this.#followed.rooms.get(id);
      if (!open) continue;
      await open.room.refold();
      await open.sender.shareCurrent();
    }
  }

  /** Keeps enough one-time pre-keys on the server. */
  async #replenish(): Promise<void> {
    const { api, keys } = this.#followed.context;
    const more = await morePreKeys(keys, await api.preKeyCount());
    if (!more) return;
    await keys.write(more.secrets);
    await api.addPreKeys(more.upload);
  }
}
