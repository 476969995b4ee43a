import type {
  AccountId,
  ConversationHead,
  ConversationId,
  DocumentName,
  LogName,
  Notice,
} from '@sotto/protocol';
import { DecodeError, ProtocolError, parseDocumentName, parseLogName } from '@sotto/protocol';
import { morePreKeys } from '../../account/device-keys.js';
import { createDirectory, type Directory } from '../../account/directory.js';
import type { AccountApi } from '../../account/http-api.js';
import { signalRecords } from '../../account/signal-stores.js';
import { type Clock, receive, tick } from '../../conversation/clock.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { DeviceStores } from '../../store/stores.js';
import { ClientIds } from '../../sync/client-ids.js';
import { Connection, type ConnectionState } from '../../sync/connection.js';
import { Heads } from '../../sync/heads.js';
import { Incoming } from '../../sync/incoming.js';
import { Outbox } from '../../sync/outbox.js';
import { OwnFeeds } from '../../sync/own-feeds.js';
import { type PlacedPost, Posts } from '../../sync/posts.js';
import type { WebSocketFactory } from '../../sync/socket.js';
import { ACCOUNT_POST, AccountLog } from '../context/account-log.js';
import type { Standing } from '../context/account-state.js';
import type { DeviceContext, Self } from '../context/device-context.js';
import { People } from '../context/people.js';
import { SerialByKey } from '../context/serial.js';
import { Summaries } from '../context/summary.js';
import { queueReceipt } from '../room/receipts.js';
import type { Room } from '../room/room.js';
import { standingOf } from '../room/standing.js';
import { KeySharing } from '../sending/key-sharing.js';
import { conversationLogs, subscribeAll, wantedOf } from './catch-up.js';
import { InboxReader } from './inbox-reader.js';
import { reconcile } from './reconcile.js';
import { type OpenRoom, Rooms } from './rooms.js';

/** What an open device tells its engine. */
export interface DeviceEvents {
  roomChanged(room: Room): void;
  listChanged(): void;
  connection(state: ConnectionState, error: ProtocolError | null): void;
  sessionEnded(): void;
  /** Something that should not happen, such as a store that fails: said, never swallowed. */
  fault(error: unknown): void;
}

export interface OpenDeviceInput {
  readonly self: Self;
  readonly stores: DeviceStores;
  readonly api: AccountApi;
  /** 32 bytes from the vault. */
  readonly accountLogKey: Uint8Array;
  /** Of the multiplexed socket. */
  readonly syncUrl: string;
  readonly openSocket: WebSocketFactory;
  readonly events: DeviceEvents;
  now(): number;
}

/** How long a receipt waits for others to go with it, milliseconds. */
const RECEIPT_MS = 150;
/** Before a reader that could not look somebody up tries again, milliseconds. */
const LOOKUP_MS = 5_000;

/** A signed-in device with its stores open: follows its logs, keeps what comes and sends what is queued. */
export class OpenDevice {
  readonly context: DeviceContext;
  readonly directory: Directory;
  readonly #input: OpenDeviceInput;
  readonly #postQueues = new SerialByKey();
  readonly #documents = new SerialByKey();
  readonly #receiptTimers = new Map<ConversationId, ReturnType<typeof setTimeout>>();
  readonly #answers = new Map<DocumentName, () => void>();
  #rooms!: Rooms;
  #inbox!: InboxReader;
  #sharing!: KeySharing;
  #clock: Clock = { wall: 0, counter: 0 };
  #closed = false;

  private constructor(input: OpenDeviceInput, context: DeviceContext, directory: Directory) {
    this.#input = input;
    this.context = context;
    this.directory = directory;
  }

  /** Opens everything from the stores; connects when {@link connect} is called. */
  static async open(input: OpenDeviceInput): Promise<OpenDevice> {
    const { self, stores, api } = input;
    const { keys, messages } = stores;
    const directory = createDirectory(api, keys);
    const clientIds = await ClientIds.open(keys);
    // The connection's handlers reach the device, which needs the connection: they run only after connect.
    const later: { device?: OpenDevice } = {};
    const connection = new Connection(
      {
        url: input.syncUrl,
        openSocket: input.openSocket,
        accessToken: async (renew) => (renew ? (await api.resume()).accessToken : api.accessToken()),
        grants: () => clientIds.all,
        random: () => Math.random(),
        now: input.now,
      },
      {
        state: (state, error) => input.events.connection(state, error),
        welcome: (conversations) => later.device?.guard(() => later.device!.#welcome(conversations)),
        head: (log, segment, count) => later.device?.guard(() => later.device!.#head(log, segment, count)),
        update: (document, update, answer) =>
          later.device?.guard(() => later.device!.#update(document, update, answer)),
        notice: (notice) => later.device?.guard(() => later.device!.#notice(notice)),
        refused: () => {},
        sessionEnded: () => input.events.sessionEnded(),
      },
    );
    const heads = new Heads();
    const feeds = new OwnFeeds(keys);
    const freshClientId = async () => clientIds.adopt(await connection.grant());
    const posts = await Posts.open({
      device: self.device,
      keys,
      connection,
      feeds,
      heads,
      clientIds,
      freshClientId,
    });
    const summaries = await Summaries.open(messages);
    const context: DeviceContext = {
      self,
      keys,
      messages,
      api,
      people: new People(directory),
      signal: signalRecords(keys, (address, identity) =>
        directory.isListed(address.name as AccountId, address.deviceId as Self['device'], identity),
      ),
      connection,
      heads,
      feeds,
      clientIds,
      incoming: new Incoming(messages),
      outbox: await Outbox.open(keys, () => input.events.listChanged()),
      posts,
      summaries,
      accountLog: await AccountLog.open(self.account, input.accountLogKey, messages, posts),
      now: input.now,
      tick: () => later.device!.#tick(),
      saw: (clock) => later.device!.#saw(clock),
      freshClientId,
      subscribe: (conversation) => subscribeAll(context, conversationLogs(conversation)),
      sendPosts: (log) => later.device!.#sendPosts(log),
    };
    const device = new OpenDevice(input, context, directory);
    later.device = device;
    await device.#begin();
    return device;
  }

  get rooms(): Rooms {
    return this.#rooms;
  }

  connect(): void {
    this.context.connection.connect();
  }

  /** Sets right what the last process left half done. */
  reconcile(): Promise<void> {
    return reconcile(this.context, this.#rooms, async (id) =>
      this.oweReceipt((await this.#rooms.get(id))!.room),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.context.connection.close();
    this.#rooms.stop();
    for (const timer of this.#receiptTimers.values()) clearTimeout(timer);
    await this.#documents.idle();
    await this.#postQueues.idle();
    for (const { room } of await this.#rooms.loaded()) await room.alone(async () => {});
    await this.context.keys.close();
    await this.context.messages.close();
  }

  /** Runs what nobody waits for; a network that went away is no fault, it comes back. */
  guard(work: () => Promise<void>): void {
    if (this.#closed) return;
    work().catch((error: unknown) => {
      if (this.#closed || error instanceof ProtocolError || error instanceof DecodeError) return;
      this.#input.events.fault(error);
    });
  }

  /** Reads a room from the stores and calls back with it; nothing happens for a conversation not known here. */
  openRoom(id: ConversationId, then: (room: Room) => void): void {
    this.guard(async () => {
      const open = await this.#rooms.get(id);
      if (!open) return;
      await open.room.open();
      then(open.room);
    });
  }

  /** Something was queued for this room, or may go on. */
  kick(open: OpenRoom): void {
    if (!this.#closed) open.sender.kick();
  }

  /** How this account stands to somebody, told to its other devices. */
  async decide(account: AccountId, standing: Standing): Promise<void> {
    await this.context.accountLog.setStanding(account, standing);
    if (this.context.connection.state === 'online')
      this.guard(() => this.#sendPosts(this.context.accountLog.log));
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

  /** A receipt is owed, if this person was accepted: strangers learn nothing. */
  oweReceipt(room: Room): void {
    if (this.#receiptTimers.has(room.id) || standingOf(this.context, room.id, room.peer) !== 'accepted')
      return;
    this.#receiptTimers.set(
      room.id,
      setTimeout(() => {
        this.#receiptTimers.delete(room.id);
        this.guard(async () => {
          if (await queueReceipt(this.context, room)) this.kick((await this.#rooms.get(room.id))!);
        });
      }, RECEIPT_MS),
    );
  }

  async #begin(): Promise<void> {
    const { context } = this;
    for (const [, summary] of context.summaries.all()) this.#saw({ wall: summary.at, counter: 0 });
    this.#sharing = new KeySharing(context);
    this.#rooms = await Rooms.open(context, this.#sharing, {
      changed: (room) => this.#input.events.roomChanged(room),
      heard: (room) => this.oweReceipt(room),
      unblocked: (room) => this.guard(async () => this.kick((await this.#rooms.get(room.id))!)),
    });
    this.#inbox = new InboxReader(context, (from, record) => this.#rooms.accept(from, record));
  }

  #tick(): Clock {
    this.#clock = tick(this.#clock, this.context.now());
    return this.#clock;
  }

  #saw(clock: Clock): void {
    this.#clock = receive(this.#clock, clock, this.context.now());
  }

  #sendPosts(log: LogName): Promise<void> {
    const { posts } = this.context;
    return this.#postQueues.run(log, () => posts.send(log, (post) => this.#arrived(post)));
  }

  async #arrived(post: PlacedPost): Promise<readonly KeyWrite[]> {
    if (post.tag !== ACCOUNT_POST) return this.#sharing.arrived(post);
    const { accountLog, incoming } = this.context;
    await accountLog.keepOwn(post);
    const { document, client, clock } = post.placed;
    incoming.stored(document, client, clock + 1);
    return [];
  }

  async #welcome(conversations: readonly ConversationHead[]): Promise<void> {
    const { context } = this;
    context.heads.clear();
    context.people.outdated();
    if (!context.clientIds.current) await context.freshClientId();
    for (const { conversation, counter } of conversations)
      await this.#rooms.heard(conversation, counter, true);
    const belongs = new Set(conversations.map(({ conversation }) => conversation));
    const followed = this.#rooms.known().filter((id) => belongs.has(id));
    subscribeAll(context, [
      this.#inbox.log,
      context.accountLog.log,
      ...followed.flatMap((id) => conversationLogs(id)),
    ]);
    for (const id of context.outbox.conversations()) {
      const open = await this.#rooms.get(id);
      if (open) this.kick(open);
    }
    for (const log of context.posts.logs()) this.guard(() => this.#sendPosts(log));
    this.guard(() => this.#replenish());
  }

  async #head(log: LogName, segment: number, count: number): Promise<void> {
    const { context } = this;
    context.heads.set(log, { segment, count });
    // Of another device's inbox it is told to those who write there, not to read by.
    if (log !== this.#inbox.log && parseLogName(log).log.kind === 'i') return;
    const wanted = await wantedOf(context, this.#inbox, log, { segment, count });
    for (const { document, have } of wanted) context.connection.askFor(document, have);
    const { kind, owner } = parseLogName(log).log;
    if (kind !== 's' && kind !== 'm') return;
    const open = await this.#rooms.get(owner);
    if (open && context.outbox.of(owner).length > 0) this.kick(open);
  }

  /** Documents go on beside each other; within one, updates are taken in the order they came. */
  async #update(document: DocumentName, update: Uint8Array, answer: boolean): Promise<void> {
    const { log, document: parsed } = parseDocumentName(document);
    this.context.heads.reached(log, parsed.segment);
    return this.#documents.run(document, async () => {
      const { kind, owner } = parsed.log;
      if (kind === 'i') await this.#takeInbox(document, update);
      else if (kind === 'a') await this.#takeAccount(document, update);
      else if (kind === 'm' || kind === 's' || kind === 'r') {
        const open = await this.#rooms.get(owner);
        if (!open) return;
        const { gap } = await open.room.take(document, update);
        if (answer) this.#answered(document);
        // An answer that leaves a gap would leave it again.
        if (gap && !answer)
          this.context.connection.askFor(document, await this.context.incoming.vector(document));
      }
    });
  }

  #answered(document: DocumentName): void {
    this.#answers.get(document)?.();
    this.#answers.delete(document);
  }

  async #takeInbox(document: DocumentName, update: Uint8Array): Promise<void> {
    try {
      await this.#inbox.take(document, update);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      setTimeout(() => this.guard(() => this.#askInbox(document)), LOOKUP_MS);
    }
  }

  async #askInbox(document: DocumentName): Promise<void> {
    this.context.connection.askFor(document, await this.#inbox.vector(document));
  }

  async #takeAccount(document: DocumentName, update: Uint8Array): Promise<void> {
    const { incoming, accountLog } = this.context;
    const fresh = await incoming.fresh(document, update);
    await accountLog.take(document, fresh);
    for (const run of fresh.runs) incoming.stored(document, run.client, run.clock + run.envelopes.length);
    if (fresh.runs.length > 0) this.#input.events.listChanged();
  }

  async #notice(notice: Notice): Promise<void> {
    if (notice.kind === 'access') await this.#access(notice);
    if (notice.kind === 'devices') await this.#devicesChanged(notice.account);
  }

  async #access(notice: Extract<Notice, { kind: 'access' }>): Promise<void> {
    const { conversation, counter, member } = notice;
    await this.#rooms.heard(conversation, counter, member);
    if (!member || this.#rooms.peer(conversation) === undefined) return;
    // What the state is under the new counter has to be read before anything is sealed under it.
    const logs = conversationLogs(conversation);
    this.context.heads.forget(logs[0]!);
    subscribeAll(this.context, logs);
  }

  /** A device was linked or removed: its account's rooms get the chain to it, and events it signed may verify now. */
  async #devicesChanged(account: AccountId): Promise<void> {
    const { context } = this;
    context.people.outdated(account);
    await context.people.fresh(account);
    for (const id of this.#rooms.known()) {
      if (account !== context.self.account && this.#rooms.peer(id) !== account) continue;
      const open = await this.#rooms.get(id);
      if (!open) continue;
      await open.room.alone(() => open.room.state.refold());
      await open.sender.shareCurrent();
    }
  }

  /** Keeps enough one-time pre-keys on the server. */
  async #replenish(): Promise<void> {
    const { api, keys } = this.context;
    const more = await morePreKeys(keys, await api.preKeyCount());
    if (!more) return;
    await keys.write(more.secrets);
    await api.addPreKeys(more.upload);
  }
}
