import type { ConversationId, EventId, ProtocolError } from '@sotto/protocol';
import type { ConnectionState } from '../../sync/connection.js';
import type { EngineTopics, TopicName } from '../api/engine-api.js';
import type { Room } from '../room/room.js';
import type { detailsSnapshot } from './details.js';
import { conversationList, keepingSame, type SnapshotSource, timelineSnapshot } from './snapshots.js';
import { Topics } from './topics.js';

/** How long the list and the count of what waits may be behind. A message that is on screen is read within it. Milliseconds. */
const LIST_MS = 100;
/** The same while a past is fetched, when every conversation changes. */
const FETCHING_LIST_MS = 400;

/** An open device, as far as publishing needs it. */
export interface PublishedDevice {
  readonly source: SnapshotSource;
  /** Whether anything of a conversation is here, so that it can be opened. */
  isKnown(conversation: ConversationId): boolean;
  /** Opens a room and calls back with it; failures are the device's to report. */
  open(conversation: ConversationId, then: (room: Room) => void): void;
}

/**
 * Turns what changes in an open device into snapshots of the topics, as often as there is something new to see: what is
 * looked at in the same turn, what stands beside it a moment later.
 */
export class Publisher {
  readonly #topics: Topics;
  readonly #now: () => number;
  readonly #changed = new Set<Room>();
  /** Where the unread line of each watched conversation stands; it stays until the last watcher leaves. */
  readonly #unreadLines = new Map<ConversationId, EventId | null>();
  /** Rooms whose details are watched: what they say also changes with what own devices tell each other of people. */
  readonly #detailed = new Map<ConversationId, Room>();
  /** Watched conversations that were not here yet. */
  readonly #unknown = new Set<ConversationId>();
  #device: PublishedDevice | undefined;
  /** Loaded when details are looked at. */
  #detailsSnapshot: typeof detailsSnapshot | undefined;
  #planned = false;
  #listTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
    this.#topics = new Topics(
      (topic, argument) => {
        if (topic === 'timeline') this.#watched(argument as ConversationId);
        if (topic === 'details') this.#watchedDetails(argument as ConversationId);
      },
      (topic, argument) => {
        if (topic === 'details') {
          this.#topics.forget(topic, argument);
          this.#detailed.delete(argument as ConversationId);
        }
        if (topic !== 'timeline') return;
        this.#unreadLines.delete(argument as ConversationId);
        this.#unknown.delete(argument as ConversationId);
        // It is not kept up to date while nobody watches: whoever comes back would be shown the past first.
        this.#topics.forget('timeline', argument);
      },
    );
    this.session({ state: 'starting' });
    this.link({ state: 'none' });
    this.connection('offline', null);
  }

  watch<T extends TopicName>(
    topic: T,
    argument: EngineTopics[T]['argument'],
    listener: (snapshot: EngineTopics[T]['snapshot']) => void,
  ): () => void {
    // Whoever begins to watch sees the present.
    if (this.#listTimer) this.#list();
    return this.#topics.watch(topic, argument, listener);
  }

  /** A device was opened: its conversations are to be seen from now on. */
  begin(device: PublishedDevice): void {
    this.#device = device;
    this.#topics.publish('conversations', null, conversationList(device.source));
    for (const conversation of this.#topics.watchedArguments('timeline'))
      this.#watched(conversation as ConversationId);
    for (const conversation of this.#topics.watchedArguments('details'))
      this.#watchedDetails(conversation as ConversationId);
  }

  /** The device is being closed: nothing of it may be seen any more. */
  end(): void {
    this.#device = undefined;
    clearTimeout(this.#listTimer);
    this.#listTimer = undefined;
    this.#changed.clear();
    this.#unreadLines.clear();
    this.#unknown.clear();
    this.#detailed.clear();
    this.#topics.forget('timeline');
    this.#topics.forget('details');
    this.#topics.publish('conversations', null, []);
    this.#topics.forget('devices');
  }

  session(snapshot: EngineTopics['session']['snapshot']): void {
    this.#topics.publish('session', null, snapshot);
  }

  devices(snapshot: EngineTopics['devices']['snapshot']): void {
    this.#topics.publish('devices', null, snapshot);
  }

  link(snapshot: EngineTopics['link']['snapshot']): void {
    this.#topics.publish('link', null, snapshot);
  }

  connection(state: ConnectionState, error: ProtocolError | null): void {
    const queued = this.#device?.source.context.outbox.waiting ?? 0;
    this.#topics.publish('connection', null, {
      state,
      since: this.#now(),
      queued,
      error: error?.code ?? null,
    });
  }

  history(snapshot: EngineTopics['history']['snapshot']): void {
    this.#topics.publish('history', null, snapshot);
  }

  /** Changes of one turn are published together. */
  roomChanged(room: Room): void {
    this.#changed.add(room);
    this.changed();
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.#rooms();
    });
  }

  #rooms(): void {
    const source = this.#device?.source;
    if (!source) return;
    const detailed = new Set(this.#topics.watchedArguments('details'));
    for (const room of this.#changed) {
      this.#timeline(source, room);
      if (detailed.has(room.id)) this.#details(source, room);
    }
    this.#changed.clear();
  }

  /** Something of the list, or of what waits, changed. */
  changed(): void {
    this.#listTimer ??= setTimeout(() => this.#list(), this.#listDelay());
  }

  #listDelay(): number {
    if (this.#topics.last('history', null)?.state !== 'fetching') return LIST_MS;
    // On a new device people wait for the first conversation.
    const isThere = this.#topics.last('conversations', null)?.some(({ last }) => last);
    return isThere ? FETCHING_LIST_MS : 0;
  }

  #list(): void {
    clearTimeout(this.#listTimer);
    this.#listTimer = undefined;
    const source = this.#device?.source;
    if (!source) return;
    this.#topics.publish('conversations', null, conversationList(source));
    for (const room of this.#detailed.values()) this.#details(source, room);
    this.#queued(source);
  }

  #timeline(source: SnapshotSource, room: Room): void {
    const line = this.#unreadLines.get(room.id);
    if (line === undefined) {
      // It was watched before anything of it was here.
      if (this.#unknown.delete(room.id)) this.#watched(room.id);
      return;
    }
    const last = this.#topics.last('timeline', room.id);
    const next = timelineSnapshot(source, room, line);
    this.#topics.publish('timeline', room.id, last ? keepingSame(last, next) : next);
  }

  #queued({ context }: SnapshotSource): void {
    const last = this.#topics.last('connection', null);
    const queued = context.outbox.waiting;
    if (last && last.queued !== queued) this.#topics.publish('connection', null, { ...last, queued });
  }

  #watched(conversation: ConversationId): void {
    const device = this.#device;
    if (device && !device.isKnown(conversation)) this.#unknown.add(conversation);
    else
      device?.open(conversation, (room) => {
        this.#unreadLines.set(conversation, room.history.timeline.firstUnread()?.id ?? null);
        this.#timeline(device.source, room);
      });
  }

  #watchedDetails(conversation: ConversationId): void {
    const device = this.#device;
    device?.open(conversation, (room) => {
      if (!this.#topics.watchedArguments('details').includes(conversation)) return;
      this.#detailed.set(conversation, room);
      this.#details(device.source, room);
    });
  }

  #details(source: SnapshotSource, room: Room): void {
    if (this.#detailsSnapshot) this.#topics.publish('details', room.id, this.#detailsSnapshot(source, room));
    else source.context.guard(() => this.#loadDetails(source, room));
  }

  async #loadDetails(source: SnapshotSource, room: Room): Promise<void> {
    this.#detailsSnapshot ??= (await import('./details.js')).detailsSnapshot;
    const isWatched = this.#topics.watchedArguments('details').includes(room.id);
    if (this.#device?.source === source && isWatched) this.#details(source, room);
  }
}
