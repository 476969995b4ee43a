import type {
  ConnectionSnapshot,
  ConversationDetails,
  ConversationSummary,
  DevicesSnapshot,
  Engine,
  EngineCalls,
  EngineTopics,
  HistorySnapshot,
  LinkSnapshot,
  MemberDetails,
  PendingChange,
  SessionSnapshot,
  TimelineItem,
  TimelineSnapshot,
  TopicName,
} from '@sotto/client';
import type { AccountId, ConversationId, DeviceId, ErrorCode, EventId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';

export interface DemoTimeline {
  readonly items: readonly TimelineItem[];
  readonly older: readonly TimelineItem[];
  readonly unreadFrom: EventId | null;
}

/** What a scripted engine begins with. */
export interface Scene {
  me: AccountId;
  now: number;
  session: SessionSnapshot;
  connection: ConnectionSnapshot;
  conversations: ConversationSummary[];
  timelines: Map<ConversationId, DemoTimeline>;
  details: Map<ConversationId, ConversationDetails>;
  held: TimelineSnapshot['held'];
  devices: DevicesSnapshot;
  link: LinkSnapshot;
  history: HistorySnapshot;
  /** Calls that fail, and how. */
  failures: Partial<Record<keyof EngineCalls, string>>;
}

type Listener = { topic: TopicName; argument: unknown; tell: (snapshot: never) => void };

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const PAGE = 40;
const RECOVERY_KEY = 'K7QD 2MXA 9FTR WJ4H C6PN 83ZE VB5L TG2Y R9AK 4HSD M7QX 1PFC';
const SAFETY_NUMBER = '304165820771934026854412993370188526074127593850163946810237';
export const LINK_CODE = 'pGF2AWF0eBZ0aWNrZXRBQUFBQUFBQUFBQUFBQUFhZHgWZGV2aWNlQUFBQUFBQUFBQUFBQUFBYWtYIKZ';

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
        recoveryKey: RECOVERY_KEY,
      });
      this.#signIn();
      return answer;
    },
    signIn: async () => {
      await this.#answer('signIn', undefined);
      this.#signIn();
    },
    signOut: async () => {
      await this.#answer('signOut', undefined);
      this.setSession({
        state: 'signed-out',
        ended: false,
        removed: false,
        evicted: false,
        known: { username: 'mara' },
      });
    },
    removeFromBrowser: async () => {
      await this.#answer('removeFromBrowser', undefined);
      this.setSession({ state: 'signed-out', ended: false, removed: false, evicted: false, known: null });
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
        author: { account: this.scene.me, username: 'mara' },
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

    renameDevice: async ({ device, name }) => {
      await this.#answer('renameDevice', undefined);
      this.#changeDevices((all) => all.map((one) => (one.id === device ? { ...one, name } : one)));
    },
    removeDevice: async ({ device }) => {
      await this.#answer('removeDevice', undefined);
      this.#changeDevices((all) => all.filter((one) => one.id !== device));
    },
    changePassword: () => this.#answer('changePassword', undefined),
    newRecoveryKey: () => this.#answer('newRecoveryKey', { recoveryKey: RECOVERY_KEY }),
    requestReset: () => this.#answer('requestReset', undefined),
    checkReset: () => this.#answer('checkReset', { email: 'mara@example.org' }),
    completeReset: () => this.#answer('completeReset', undefined),
    recover: async () => {
      await this.#answer('recover', undefined);
      this.#signIn();
    },
    startOver: async () => {
      const answer = await this.#answer('startOver', { recoveryKey: RECOVERY_KEY });
      this.#signIn();
      return answer;
    },
    beginLink: async () => {
      await this.#answer('beginLink', undefined);
      this.#setLink({ state: 'waiting', code: LINK_CODE, until: this.scene.now + 600_000 });
      return { code: LINK_CODE };
    },
    cancelLink: async () => this.#setLink({ state: 'none' }),
    readLink: async ({ code }) => {
      if (code !== LINK_CODE) throw new ProtocolError('client/link-code-wrong' as ErrorCode);
      return this.#answer('readLink', { name: 'Firefox on Android' });
    },
    approveLink: async () => {
      const device = await this.#answer('approveLink', `linked-${this.#next++}` as DeviceId);
      this.#changeDevices((all) => [
        ...all,
        { id: device, name: 'Firefox on Android', kind: 'device', added: this.scene.now, current: false },
      ]);
      return { device };
    },

    attach: async () => this.#noFiles(),
    detach: async () => {},
    openAttachment: async () => this.#noFiles(),
    readAttachment: async () => this.#noFiles(),
    cancelOpening: async () => {},
    attachmentUsage: () => this.#answer('attachmentUsage', { used: 0, quota: 1_073_741_824 }),
    lookUp: async ({ username }) => {
      const known = [...this.scene.details.values()]
        .flatMap(({ members }) => members)
        .find(({ person }) => person.username === username);
      if (!known) throw new ProtocolError('auth/not-found');
      return this.#answer('lookUp', known.person);
    },
    createGroup: () => this.#answer('createGroup', { conversation: this.scene.conversations[1]!.id }),
    addMembers: ({ conversation, people }) =>
      this.#wish(conversation, 'addMembers', {
        type: 'add',
        people: people.map((account) => ({ account, username: account.replace(/A+$/, '') })),
      }),
    removeMember: async ({ conversation, account }) => {
      await this.#answer('removeMember', undefined);
      this.#changeDetails(conversation, ({ members }) => ({
        members: members.filter(({ person }) => person.account !== account),
      }));
    },
    leaveGroup: async ({ conversation }) => {
      await this.#answer('leaveGroup', undefined);
      this.#changeDetails(conversation, () => ({ role: null }));
      this.#change(conversation, { member: false });
    },
    setRole: async ({ conversation, account, role }) => {
      await this.#answer('setRole', undefined);
      this.#changeMember(conversation, account, { role });
    },
    renameGroup: async ({ conversation, name }) => {
      await this.#answer('renameGroup', undefined);
      this.#changeDetails(conversation, () => ({ name }));
      this.#change(conversation, { name });
    },
    setSharesPast: async ({ conversation, sharesPast }) => {
      await this.#answer('setSharesPast', undefined);
      this.#changeDetails(conversation, () => ({ sharesPast }));
    },
    withdrawChange: async ({ conversation, change }) => {
      this.#changeDetails(conversation, ({ pending }) => ({
        pending: pending.filter(({ id }) => id !== change),
      }));
    },

    safetyNumber: () =>
      this.#answer('safetyNumber', {
        digits: SAFETY_NUMBER,
        scannable: 'AgEiIDE0MTU5MjY1MzU4OTc5MzIzODQ2MjY0MzM4',
      }),
    checkScanned: async ({ scanned }) =>
      this.#answer('checkScanned', {
        result: scanned.startsWith('AgEi') ? 'match' : scanned.length > 20 ? 'mismatch' : 'not-a-code',
      }),
    setVerified: async ({ account, verified }) => {
      await this.#answer('setVerified', undefined);
      for (const conversation of this.scene.details.keys()) {
        this.#changeMember(conversation, account, { identity: verified ? 'verified' : 'unverified' });
      }
    },
    acceptIdentity: async ({ account }) => {
      await this.#answer('acceptIdentity', undefined);
      this.scene.held = null;
      for (const conversation of this.scene.details.keys()) {
        this.#changeMember(conversation, account, { identity: 'unverified' });
      }
    },
    seeDevices: async ({ conversation }) => {
      this.#changeDetails(conversation, ({ members }) => ({
        members: members.map((member) => ({
          ...member,
          devices: member.devices.map((device) => ({ ...device, isNew: false })),
        })),
      }));
    },
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

  #signIn(): void {
    this.setSession({
      state: 'signed-in',
      account: this.scene.me,
      username: 'mara',
      email: 'mara@example.org',
      overtaken: false,
    });
  }

  #setLink(link: LinkSnapshot): void {
    this.scene.link = link;
    this.#tellAll();
  }

  #changeDevices(change: (devices: DevicesSnapshot['devices']) => DevicesSnapshot['devices']): void {
    this.scene.devices = { devices: change(this.scene.devices.devices) };
    this.#tellAll();
  }

  #changeDetails(
    conversation: ConversationId,
    change: (details: ConversationDetails) => Partial<ConversationDetails>,
  ): void {
    const details = this.scene.details.get(conversation);
    if (details) this.scene.details.set(conversation, { ...details, ...change(details) });
    this.#tellAll();
  }

  #changeMember(conversation: ConversationId, account: AccountId, change: Partial<MemberDetails>): void {
    this.#changeDetails(conversation, ({ members }) => ({
      members: members.map((member) =>
        member.person.account === account ? { ...member, ...change } : member,
      ),
    }));
  }

  async #wish(
    conversation: ConversationId,
    call: keyof EngineCalls,
    change: PendingChange['change'],
  ): Promise<void> {
    await this.#answer(call, undefined);
    this.#changeDetails(conversation, ({ pending }) => ({
      pending: [...pending, { id: `wish-${this.#next++}`, change, refused: null }],
    }));
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
    if (code) throw new ProtocolError(code as ErrorCode);
    return value;
  }

  /** No scene has files. */
  #noFiles(): never {
    throw new ProtocolError('attachment/unknown');
  }

  #tellAll(): void {
    for (const listener of this.#listeners) this.#tell(listener);
  }

  #tell({ topic, argument, tell }: Listener): void {
    const { session, connection, conversations, devices, link, history, details } = this.scene;
    const id = argument as ConversationId;
    const snapshots = {
      session,
      connection,
      conversations,
      devices,
      link,
      history,
      details: details.get(id),
      timeline: this.#snapshot(id),
    };
    const snapshot = snapshots[topic];
    if (snapshot) tell(snapshot as never);
  }

  #snapshot(conversation: ConversationId): TimelineSnapshot | null {
    const timeline = this.scene.timelines.get(conversation);
    const summary = this.scene.conversations.find(({ id }) => id === conversation);
    if (!timeline || !summary) return null;
    const { peer, standing, draft, unread, kind, name, member } = summary;
    const { items, older, unreadFrom } = timeline;
    const members = this.scene.details.get(conversation)?.members ?? [];
    const held = members.some(({ identity }) => identity === 'changed') ? this.scene.held : null;
    return {
      conversation,
      items,
      hasOlder: older.length > 0,
      unreadFrom,
      unread,
      draft,
      peer,
      standing,
      kind,
      name,
      member,
      members: members.length,
      held,
    };
  }
}
