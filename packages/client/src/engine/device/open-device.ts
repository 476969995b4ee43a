import type { AccountId, ConversationId, ErrorCode, LogName } from '@sotto/protocol';
import { DecodeError, ProtocolError } from '@sotto/protocol';
import { againMs } from '../../account/again-ms.js';
import type { Directory } from '../../account/directory.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { ConnectionEvents } from '../../sync/connection.js';
import type { PlacedPost } from '../../sync/posts.js';
import { OwnAccount } from '../account/own-account.js';
import type { Uploading } from '../attachments/uploading.js';
import type { Standing } from '../context/account-state.js';
import type { AttachedFile } from '../context/attached-files.js';
import type { DeviceContext } from '../context/device-context.js';
import { SerialByKey } from '../context/serial.js';
import { DeviceHistory } from '../history/device-history.js';
import { queueReceipt } from '../room/receipts.js';
import type { Room } from '../room/room.js';
import { standingOf } from '../room/standing.js';
import { KeySharing } from '../sending/key-sharing.js';
import { ClaimWatch } from './claim-watch.js';
import { ContactWatch } from './contact-watch.js';
import { Following } from './following.js';
import { InboxReader } from './inbox-reader.js';
import { KeyRepair } from './key-repair.js';
import { makeContext } from './make-context.js';
import { learnNames } from './member-names.js';
import type { DeviceEvents, OpenDeviceInput } from './open-device-input.js';
import { OwnReading } from './own-reading.js';
import { PastKeys } from './past-keys.js';
import { ReceiptTimers } from './receipt-timers.js';
import { reconcile } from './reconcile.js';
import { type OpenRoom, Rooms } from './rooms.js';

/** Where the server named no time. Milliseconds. */
const LATER_MS = 10_000;

/** A signed-in device with its stores open: follows its logs, keeps what comes and sends what is queued. */
export class OpenDevice {
  readonly context: DeviceContext;
  readonly directory: Directory;
  readonly #input: OpenDeviceInput;
  readonly #sharing: KeySharing;
  readonly #postQueues = new SerialByKey();
  readonly #receipts = new ReceiptTimers((id) => this.guard(() => this.#tell(id)));
  #rooms!: Rooms;
  #following!: Following;
  #contacts!: ContactWatch;
  #past!: PastKeys;
  #claims!: ClaimWatch;
  #history!: DeviceHistory;
  #reading!: OwnReading;
  readonly #repair: KeyRepair;
  #account!: OwnAccount;
  readonly #laterPosts = new Map<LogName, ReturnType<typeof setTimeout>>();
  #uploading: Promise<Uploading> | undefined;
  #closed = false;

  private constructor(input: OpenDeviceInput, context: DeviceContext, directory: Directory) {
    this.#input = input;
    this.context = context;
    this.directory = directory;
    this.#sharing = new KeySharing(context);
    this.#repair = new KeyRepair(
      context,
      () => this.#rooms,
      (waiting) => this.#keysOverdue(waiting),
    );
  }

  /** Opens everything from the stores; connects when {@link connect} is called. */
  static async open(input: OpenDeviceInput): Promise<OpenDevice> {
    // The parts call back to the device, which is made of them: none of them calls before `connect`.
    const later: { device?: OpenDevice } = {};
    const { context, directory } = await makeContext(input, {
      connection: connectionEvents(input.events, () => later.device!),
      outboxChanged: () => input.events.listChanged(),
      copied: () => input.events.copied(),
      personChanged: (account) => later.device?.personChanged(account),
      heard: (claim) => later.device!.claims.heard(claim),
      heardTwice: (id) => later.device!.claims.heardTwice(id),
      missing: (id) => later.device?.claims.missing(id),
      uploadFiles: () => later.device!.uploadFiles(),
      sendPosts: (log) => later.device!.#sendPosts(log),
      archiveQueued: (soon) => later.device!.#history.archiveQueued(soon),
      guard: (work) => later.device!.guard(work),
      comingBack: {
        isComplete: () => later.device!.history.snapshot().state === 'complete',
        compare: () => later.device!.following.compareAll(),
        left: () => later.device!.following.left,
      },
    });
    const device = new OpenDevice(input, context, directory);
    later.device = device;
    await device.#begin();
    return device;
  }

  get rooms(): Rooms {
    return this.#rooms;
  }

  get history(): DeviceHistory {
    return this.#history;
  }

  get following(): Following {
    return this.#following;
  }

  get claims(): ClaimWatch {
    return this.#claims;
  }

  get account(): OwnAccount {
    return this.#account;
  }

  get contacts(): ContactWatch {
    return this.#contacts;
  }

  connect(): void {
    if (!this.#input.overtaken) this.context.connection.connect();
  }

  /** Sets right what the last process left half done. */
  async reconcile(): Promise<void> {
    await this.#repair.begin();
    return reconcile(this.context, this.#rooms, async (id) => {
      const open = await this.#rooms.get(id);
      if (open) this.oweReceipt(open.room);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#laterPosts.values()) clearTimeout(timer);
    this.context.connection.close();
    this.#rooms.stop();
    this.#receipts.stop();
    this.#claims.stop();
    this.#account.stop();
    this.#repair.stop();
    this.#history.stop();
    await (await this.#uploading)?.stop();
    await this.#following.idle();
    await this.#postQueues.idle();
    for (const { room } of await this.#rooms.loaded()) await room.alone(async () => {});
    await this.context.summaries.flush().catch((error: unknown) => this.#input.events.fault(error));
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
      const room = await this.#history.first(async () => {
        const open = await this.#rooms.get(id);
        if (!open) return undefined;
        await open.room.open();
        if (!open.room.admitted)
          await (await import('./farewells.js')).recallFarewell(this.context, open.room);
        for (const account of open.room.members) await this.context.people.known(account);
        then(open.room);
        return open.room;
      });
      if (!room) return;
      this.#contacts.lookAt(room);
      if (await learnNames(this.context, room)) this.#input.events.roomChanged(room);
    });
  }

  /** What brings attached files to the server; loaded when there is one. */
  async uploads(): Promise<Uploading> {
    this.#uploading ??= import('../attachments/uploading.js').then(
      async ({ Uploading }) =>
        new Uploading(this.context, await this.context.attached.load(), {
          isThere: async (id) => ((await this.#rooms.get(id))?.room.counter ?? 0) > 0,
          arrived: ({ conversation }) => this.guard(() => this.#kickRoom(conversation)),
          failed: (file, code) => this.#failFile(file, code),
        }),
    );
    return this.#uploading;
  }

  uploadFiles(): void {
    this.guard(async () => (await this.uploads()).kick());
  }

  /** Something was queued for this room, or may go on. */
  kick(open: OpenRoom): void {
    if (!this.#closed) open.sender.kick();
  }

  /** How this account stands to somebody or to a group, told to its other devices. */
  async decide(whom: AccountId | ConversationId, standing: Standing | undefined): Promise<void> {
    const { accountLog, people, now } = this.context;
    await accountLog.setStanding(whom, standing);
    // From here on every device of this account goes by the key that this one knows them by.
    const person = await people.known(whom as AccountId);
    if (person && !accountLog.trusted(person.account))
      await accountLog.setTrusted(person.account, {
        identity: person.identity,
        since: now(),
        accepted: false,
      });
    this.sendAccountLog();
  }

  /** Something was decided: the account's other devices are to hear of it, now or at the next connection. */
  sendAccountLog(): void {
    const { accountLog, connection } = this.context;
    if (connection.state === 'online') this.guard(() => this.#sendPosts(accountLog.log));
  }

  /** A connection begins. */
  online(): void {
    if (this.context.attached.files) this.uploadFiles();
    this.#claims.online();
    this.#repair.online();
    this.#contacts.online();
    this.#account.online();
  }

  /** Something is known of somebody that was not before. */
  personChanged(account: AccountId): void {
    this.#contacts.changed(account);
    this.guard(() => this.#claims.listChanged(account));
    if (account === this.context.self.account) this.#account.listChanged();
  }

  /** Something was read here: others of this account's devices, and who was accepted, hear of it. */
  async wasRead(room: Room): Promise<void> {
    this.oweReceipt(room);
    await this.#reading.note(room);
  }

  /** A receipt is owed, if this person was accepted: strangers learn nothing. */
  oweReceipt(room: Room): void {
    if (standingOf(this.context, room) === 'accepted') this.#receipts.owe(room.id);
  }

  async #begin(): Promise<void> {
    const { context } = this;
    const { events } = this.#input;
    this.#account = new OwnAccount(context, this.directory, {
      devices: (snapshot) => events.devices(snapshot),
      seen: (versions) => events.seen(versions),
      removed: () => events.sessionEnded(new ProtocolError('auth/device-removed')),
      left: async (device) => {
        await context.owedBounds.owe(this.#rooms.known(), device);
        for (const id of context.owedBounds.conversations()) this.guard(() => this.#kickRoom(id));
      },
      settingsChanged: () => {
        this.guard(() => this.#contacts.agree());
        events.listChanged();
      },
      renewed: () => this.guard(() => this.#sayRenewed()),
    });
    this.#rooms = await Rooms.open(context, this.#sharing, {
      changed: (room) => {
        this.#repair.roomChanged(room);
        events.roomChanged(room);
        this.#history.roomChanged(room.id);
      },
      heard: (room) => this.oweReceipt(room),
      shownAgain: (id) => this.guard(() => this.decide(id, undefined)),
      unblocked: (room) => {
        this.guard(() => this.#contacts.learnAuthors(room));
        this.guard(async () => {
          if (await learnNames(context, room)) events.roomChanged(room);
        });
        this.guard(() => this.#claims.stateChanged(room.id));
        this.guard(() => this.#past.install(room.id));
        this.guard(() => this.#kickRoom(room.id));
      },
    });
    this.#reading = new OwnReading(context, this.#rooms);
    const inbox = new InboxReader(context, {
      chain: (from, record) => this.#rooms.accept(from, record),
      request: async (from, record) => {
        if (record.account) this.#account.asked(from);
        return this.#repair.asked(from, record);
      },
      lost: (from) => this.#repair.lost(from),
      account: (from, record) => this.#account.accept(from, record),
      past: (from, record) => this.#past.take(from, record),
      removed: async (from, record) =>
        (await import('./farewells.js')).takeFarewell(context, this.#rooms, from, record),
    });
    this.#past = new PastKeys(context, this.#rooms, (task) => inbox.aside(task));
    this.#history = new DeviceHistory({
      context,
      rooms: this.#rooms,
      aside: (task) => inbox.aside(task),
      changed: (snapshot) => events.history(snapshot),
    });
    this.#following = new Following({
      context,
      rooms: this.#rooms,
      inbox,
      listChanged: () => {
        this.guard(() => this.#contacts.agree());
        this.guard(() => this.#reading.heed());
        events.listChanged();
      },
      history: this.#history,
      caughtUp: (room) => {
        this.guard(() => room.alone(() => room.caughtUp()));
        this.oweReceipt(room);
      },
      guard: (work) => this.guard(work),
    });
    this.#contacts = new ContactWatch({
      context,
      rooms: this.#rooms,
      following: this.#following,
      roomChanged: (room) => events.roomChanged(room),
      guard: (work) => this.guard(work),
    });
    this.#claims = new ClaimWatch({
      context,
      rooms: this.#rooms,
      askForList: (account) => this.#following.devicesChanged(account),
      personChanged: (account) => this.#contacts.changed(account),
      roomChanged: (id) =>
        this.guard(async () => {
          const open = await this.#rooms.get(id);
          if (open) events.roomChanged(open.room);
        }),
      guard: (work) => this.guard(work),
    });
    await this.#account.keys.resume();
  }

  /** Every conversation is told by which account key this account goes on; its new devices are given keys then. */
  async #sayRenewed(): Promise<void> {
    await this.#following.devicesChanged(this.context.self.account);
    for (const id of this.#rooms.known()) (await this.#rooms.get(id))?.sender.admit();
  }

  #keysOverdue(waiting: ReadonlyMap<ConversationId, number>): void {
    this.#input.events.keysOverdue(waiting);
    for (const id of waiting.keys())
      this.guard(async () => {
        const room = await this.#rooms.loadedRoom(id);
        if (room) this.#input.events.roomChanged(room);
      });
  }

  /** The message that speaks of a file fails with it; both can be tried again. */
  async #failFile({ conversation, event }: AttachedFile, failed: ErrorCode): Promise<void> {
    const { outbox } = this.context;
    const entry = outbox.of(conversation).find((one) => one.event === event && !one.frozen);
    const open = entry && (await this.#rooms.get(conversation));
    if (!open) return;
    await outbox.replace([{ ...entry, failed }]);
    await open.room.showQueued({ ...entry, failed });
    // What was said after it does not wait for it.
    this.kick(open);
  }

  async #kickRoom(id: ConversationId): Promise<void> {
    const open = await this.#rooms.get(id);
    if (open) this.kick(open);
  }

  async #tell(id: ConversationId): Promise<void> {
    const open = await this.#rooms.get(id);
    if (open && (await queueReceipt(this.context, open.room))) this.kick(open);
  }

  #sendPosts(log: LogName): Promise<void> {
    const { posts } = this.context;
    return this.#postQueues.run(log, async () => {
      await this.#sealedNewly(log);
      try {
        await posts.send(log, (post) => this.#arrived(post));
      } catch (error) {
        // An inbox takes so much from one device at a time, and a store may have no room for now: what is left goes when the
        // server said, whoever waits for it. With a connection lost, the next welcome begins again.
        if (
          error instanceof ProtocolError &&
          error.retry === 'later' &&
          this.context.connection.state === 'online'
        )
          this.#postLater(log, error.retryAfterMs || LATER_MS);
        if (!(error instanceof ProtocolError && error.code === 'sync/erased')) throw error;
        // Its device is gone: nothing is owed to it, and whose it was is asked again.
        await posts.drop(log);
        this.context.people.outdated();
      }
    });
  }

  #postLater(log: LogName, leastMs = LATER_MS): void {
    if (this.#closed || this.#laterPosts.has(log)) return;
    const timer = setTimeout(() => {
      this.#laterPosts.delete(log);
      this.guard(() => this.#sendPosts(log));
    }, againMs(leastMs));
    this.#laterPosts.set(log, timer);
  }

  /** What goes to all own devices goes under keys that a removed one does not have. */
  async #sealedNewly(log: LogName): Promise<void> {
    const { accountLog, archive } = this.context;
    if (log !== accountLog.log && log !== archive.log) return;
    await this.#account.keys.settled();
    await (log === accountLog.log ? accountLog : archive).resealQueued();
  }

  async #arrived(post: PlacedPost): Promise<readonly KeyWrite[]> {
    const { accountLog, archive, incoming } = this.context;
    if (post.log === archive.log) await archive.keepOwn(post);
    else if (post.log === accountLog.log) await accountLog.keepOwn(post);
    else return this.#sharing.arrived(post);
    const { document, client, clock } = post.placed;
    incoming.stored(document, client, clock + 1);
    return [];
  }
}

/** What comes over the connection, handed to the device that follows it. */
function connectionEvents(events: DeviceEvents, device: () => OpenDevice): ConnectionEvents {
  const comingBack = () => device().context.comingBack;
  const followed = (work: (following: Following) => Promise<void>) =>
    device().guard(() => comingBack().during(() => work(device().following)));
  return {
    state: (state, error) => {
      if (state === 'online') device().online();
      else device().claims.offline();
      if (state === 'offline') {
        device().history.offline();
        comingBack().end();
      }
      events.connection(state, error);
    },
    welcome: (conversations, resumed) =>
      followed(async (following) => {
        await following.welcome(conversations, resumed);
        device().guard(() => device().contacts.lookAtAll());
      }),
    // What came is being worked on before it counts as having come.
    head: (log, segment, count) => {
      followed((following) => following.head(log, segment, count));
      comingBack().answered(log);
    },
    update: (document, update, answer) => {
      followed((following) => following.update(document, update, answer));
      if (answer) comingBack().answered(document);
    },
    cursor: (cursor) => followed(async () => comingBack().offer(cursor)),
    notice: (notice) => device().guard(() => device().following.notice(notice)),
    refused: (error, subject) => {
      followed((following) => following.refused(error, subject));
      // What may be had later is asked for again.
      if (error.retry !== 'later') comingBack().answered(subject);
    },
    sessionEnded: (error) => events.sessionEnded(error),
    overtaken: () => events.overtaken(),
  };
}
