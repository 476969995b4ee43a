import type {
  ConnectionSnapshot,
  ConversationSummary,
  Engine,
  EngineCalls,
  EngineTopics,
  SessionSnapshot,
  TimelineItem,
  TimelineSnapshot,
  TopicName,
} from '@sotto/client';
import type { AccountId, ConversationId, ErrorCode, EventId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';

export interface DemoTimeline {
  readonly items: readonly TimelineItem[];
  readonly older: readonly TimelineItem[];
  readonly unreadFrom: EventId | null;
}

/** What a scripted engine begins with. */
export interface Scene {
  session: SessionSnapshot;
  connection: ConnectionSnapshot;
  conversations: ConversationSummary[];
  timelines: Map<ConversationId, DemoTimeline>;
  /** Calls that fail, and how. */
  failures: Partial<Record<keyof EngineCalls, ErrorCode>>;
}

type Listener = { topic: TopicName; argument: unknown; tell: (snapshot: never) => void };

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const PAGE = 40;

/** Plays an engine from a script, in the page, for looking at the elements. It knows no crypto and no network. */
export class DemoEngine implements Engine {
  readonly scene: Scene;
  readonly #listeners = new Set<Listener>();
  #next = 0;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  readonly calls: EngineCalls = {
    requestSignUp: () => this.#answer('requestSignUp', undefined),
    checkLink: () => this.#answer('checkLink', { email: 'mara@example.org' }),
    completeSignUp: async () => {
      const answer = await this.#answer('completeSignUp', {
        recoveryKey: 'K7QD 2MXA 9FTR WJ4H C6PN 83ZE VB5L TG2Y R9AK 4HSD M7QX 1PFC',
      });
      this.setSession({
        state: 'signed-in',
        account: 'me' as AccountId,
        username: 'mara',
        email: 'mara@example.org',
        lacksHistory: false,
      });
      return answer;
    },
    signIn: async () => {
      await this.#answer('signIn', undefined);
      this.setSession({
        state: 'signed-in',
        account: 'me' as AccountId,
        username: 'mara',
        email: 'mara@example.org',
        lacksHistory: false,
      });
    },
    signOut: async () => {
      await this.#answer('signOut', undefined);
      this.setSession({ state: 'signed-out', ended: false, known: { username: 'mara' } });
    },
    removeFromBrowser: async () => {
      await this.#answer('removeFromBrowser', undefined);
      this.setSession({ state: 'signed-out', ended: false, known: null });
    },
    localContents: () =>
      this.#answer('localContents', { conversations: this.scene.conversations.length, queued: 2 }),
    startDirect: () => this.#answer('startDirect', { conversation: this.scene.conversations[0]!.id }),
    answerRequest: async ({ conversation, answer }) => {
      await this.#answer('answerRequest', undefined);
      const standing = answer === 'accept' ? 'accepted' : answer === 'decline' ? 'declined' : 'blocked';
      this.#change(conversation, { standing, unread: 0 });
    },
    unblock: async ({ conversation }) => {
      await this.#answer('unblock', undefined);
      this.#change(conversation, { standing: 'accepted' });
    },
    send: async ({ conversation, text }) => {
      await this.#answer('send', undefined);
      const event = `sent-${this.#next++}` as EventId;
      this.add(conversation, {
        kind: 'message',
        id: event,
        author: { account: 'me' as AccountId, username: 'mara' },
        mine: true,
        at: Date.now(),
        text,
        mark: 'queued',
        error: null,
      });
      void this.#deliver(conversation, event);
      return { event };
    },
    retry: ({ conversation, event }) => this.#deliver(conversation, event),
    discard: async ({ conversation, event }) => {
      const timeline = this.scene.timelines.get(conversation)!;
      this.#timeline(conversation, {
        ...timeline,
        items: timeline.items.filter((item) => item.id !== event),
      });
    },
    markRead: async ({ conversation, event }) => {
      const items = this.scene.timelines.get(conversation)!.items;
      const after = items.slice(items.findIndex(({ id }) => id === event) + 1);
      this.#change(conversation, {
        unread: after.filter((item) => item.kind === 'message' && !item.mine).length,
      });
    },
    saveDraft: async ({ conversation, text }) => this.#change(conversation, { draft: text }),
    loadOlder: async ({ conversation }) => {
      await wait(300);
      const timeline = this.scene.timelines.get(conversation)!;
      const older = timeline.older.slice(-PAGE);
      this.#timeline(conversation, {
        ...timeline,
        items: [...older, ...timeline.items],
        older: timeline.older.slice(0, -PAGE),
      });
    },
    reconnect: async () => undefined,
  };

  watch<T extends TopicName>(
    topic: T,
    argument: EngineTopics[T]['argument'],
    listener: (snapshot: EngineTopics[T]['snapshot']) => void,
  ): () => void {
    const one: Listener = { topic, argument, tell: listener };
    this.#listeners.add(one);
    queueMicrotask(() => this.#tell(one));
    return () => this.#listeners.delete(one);
  }

  async close(): Promise<void> {}

  setSession(session: SessionSnapshot): void {
    this.scene.session = session;
    this.#tellAll();
  }

  setConnection(connection: Partial<ConnectionSnapshot>): void {
    this.scene.connection = { ...this.scene.connection, ...connection };
    this.#tellAll();
  }

  add(conversation: ConversationId, ...items: TimelineItem[]): void {
    const timeline = this.scene.timelines.get(conversation)!;
    const incoming = items.filter((item) => item.kind === 'message' && !item.mine).length;
    const summary = this.scene.conversations.find(({ id }) => id === conversation)!;
    this.scene.timelines.set(conversation, { ...timeline, items: [...timeline.items, ...items] });
    this.#change(conversation, { unread: summary.unread + incoming });
  }

  async #deliver(conversation: ConversationId, event: EventId): Promise<void> {
    for (const mark of ['queued', 'sent', 'delivered', 'read'] as const) {
      const timeline = this.scene.timelines.get(conversation)!;
      const items = timeline.items.map((item) =>
        item.kind === 'message' && item.id === event ? { ...item, mark, error: null } : item,
      );
      this.#timeline(conversation, { ...timeline, items });
      await wait(600);
    }
  }

  #timeline(conversation: ConversationId, timeline: DemoTimeline): void {
    this.scene.timelines.set(conversation, timeline);
    this.#tellAll();
  }

  #change(conversation: ConversationId, change: Partial<ConversationSummary>): void {
    this.scene.conversations = this.scene.conversations.map((one) =>
      one.id === conversation ? { ...one, ...change } : one,
    );
    this.#tellAll();
  }

  async #answer<T>(call: keyof EngineCalls, value: T): Promise<T> {
    await wait(120);
    const code = this.scene.failures[call];
    if (code) throw new ProtocolError(code);
    return value;
  }

  #tellAll(): void {
    for (const listener of this.#listeners) this.#tell(listener);
  }

  #tell({ topic, argument, tell }: Listener): void {
    const { session, connection, conversations } = this.scene;
    const snapshots = { session, connection, conversations };
    const snapshot = topic === 'timeline' ? this.#snapshot(argument as ConversationId) : snapshots[topic];
    if (snapshot) tell(snapshot as never);
  }

  #snapshot(conversation: ConversationId): TimelineSnapshot | null {
    const timeline = this.scene.timelines.get(conversation);
    const summary = this.scene.conversations.find(({ id }) => id === conversation);
    if (!timeline || !summary) return null;
    const { peer, standing, draft, unread } = summary;
    const { items, older, unreadFrom } = timeline;
    return { conversation, items, hasOlder: older.length > 0, unreadFrom, unread, draft, peer, standing };
  }
}
