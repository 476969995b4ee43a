import type { AccountId, AttachmentId, ConversationId, ErrorCode, EventId } from '@sotto/protocol';
import type { AttachmentReference } from '../../conversation/attachment-reference.js';
import type { AccountCalls, DevicesSnapshot, HistorySnapshot, LinkSnapshot } from './account-calls.js';
import type { AttachmentCalls } from './attachment-calls.js';
import type { ConversationDetails, ToldChange, TrustCalls } from './details.js';
import type { GroupCalls } from './group-calls.js';
import type { Person } from './person.js';

export type { AttachmentReference } from '../../conversation/attachment-reference.js';
export type * from './account-calls.js';
export type * from './attachment-calls.js';
export type * from './details.js';
export type * from './group-calls.js';
export type { Person } from './person.js';

/**
 * What the engine offers to a page, a test or a bot: calls that answer once and topics that send a snapshot now and
 * whenever it changed. Everything is plain data, so it passes through a message port unchanged.
 */
export interface EngineCalls extends AccountCalls, AttachmentCalls, GroupCalls, TrustCalls {
  /** Asks for a mailed link. Answers the same whether the address is known or not. */
  requestSignUp(input: { email: string }): Promise<void>;
  /** Is this link good? @throws `auth/link-unknown`, `auth/link-used`, `auth/link-expired` */
  checkLink(input: { token: string }): Promise<{ email: string }>;
  /** Makes the account and this device. The recovery key is never to be had again: 12 groups of 4 characters. */
  completeSignUp(input: {
    token: string;
    username: string;
    password: string;
  }): Promise<{ recoveryKey: string }>;
  /**
   * Where this browser's device was overtaken it becomes another one, and with `replaces` the one that it was goes off the list: the
   * copy that goes on under its name, if one does, is signed out.
   * @throws `auth/credentials-wrong`
   */
  signIn(input: { login: string; password: string; replaces?: boolean }): Promise<void>;
  /** Ends the session and locks this device's stores; wipes nothing. */
  signOut(): Promise<void>;
  /**
   * Ends the session and deletes everything of this account from this browser. With the password the device leaves the account's list
   * first, and nothing is deleted where that fails; without it stays listed until another one removes it. Two stay listed anyway:
   * one that was overtaken, whose other copy goes on under its name, and the last one, by whose word the key archive counts.
   * @throws `auth/credentials-wrong`, `service/unavailable`
   */
  removeFromBrowser(input: { password: string | null }): Promise<void>;
  /** How much would go: for the warning before {@link removeFromBrowser}. */
  localContents(): Promise<{ conversations: number; queued: number }>;

  /** Opens (or makes, locally) the direct conversation with this exact username. @throws `auth/not-found` */
  startDirect(input: { username: string }): Promise<{ conversation: ConversationId }>;
  answerRequest(input: {
    conversation: ConversationId;
    answer: 'accept' | 'decline' | 'block';
  }): Promise<void>;
  unblock(input: { conversation: ConversationId }): Promise<void>;
  /**
   * Queues a text and files attached before; resolves when it is durable on this device. It goes out when its files are on the server.
   * @throws `client/file-unreadable` for a file that is not attached in this conversation, or belongs to a message
   */
  send(input: {
    conversation: ConversationId;
    text: string;
    attachments?: readonly AttachmentId[];
  }): Promise<{ event: EventId }>;
  /** Tries a failed message again. */
  retry(input: { conversation: ConversationId; event: EventId }): Promise<void>;
  /** Drops a failed or queued message that never left, and its files. */
  discard(input: { conversation: ConversationId; event: EventId }): Promise<void>;
  /** Everything up to this event was seen. */
  markRead(input: { conversation: ConversationId; event: EventId }): Promise<void>;
  saveDraft(input: { conversation: ConversationId; text: string }): Promise<void>;
  /** Loads about 40 older messages into this conversation's timeline topic. */
  loadOlder(input: { conversation: ConversationId }): Promise<void>;
  /** Try the server now instead of at the next planned time. */
  reconnect(): Promise<void>;
}

export interface EngineTopics {
  session: { argument: null; snapshot: SessionSnapshot };
  connection: { argument: null; snapshot: ConnectionSnapshot };
  conversations: { argument: null; snapshot: readonly ConversationSummary[] };
  timeline: { argument: ConversationId; snapshot: TimelineSnapshot };
  details: { argument: ConversationId; snapshot: ConversationDetails };
  devices: { argument: null; snapshot: DevicesSnapshot };
  link: { argument: null; snapshot: LinkSnapshot };
  history: { argument: null; snapshot: HistorySnapshot };
}

export type SessionSnapshot =
  | { readonly state: 'starting' }
  /**
   * `ended` when the server no longer knew the session, `removed` when that is because the account's devices no longer include this one;
   * `known` is who was signed in on this browser, if anybody.
   */
  | {
      readonly state: 'signed-out';
      readonly ended: boolean;
      readonly removed: boolean;
      /** This browser has given up the device's keys: signing in makes a new device, which gets the past from the account's archive. */
      readonly evicted: boolean;
      readonly known: { readonly username: string } | null;
    }
  | {
      readonly state: 'signed-in';
      readonly account: AccountId;
      readonly username: string;
      readonly email: string;
      /**
       * This browser's device goes on somewhere else: its profile was copied, or comes from a backup. Here it can be read and written,
       * and sends nothing, until {@link EngineCalls.signIn} links this browser as a new device; then what waited goes out.
       */
      readonly overtaken: boolean;
    };

export interface ConnectionSnapshot {
  readonly state: 'connecting' | 'online' | 'offline';
  /** Milliseconds since 1970 when this state began. */
  readonly since: number;
  /** Messages waiting to go out. */
  readonly queued: number;
  /** What the server or network said, where that explains the state. */
  readonly error: ErrorCode | null;
}

/** `request`: a stranger wrote first and waits. `invited`: we wrote first, no answer yet. */
export type ConversationStanding = 'accepted' | 'request' | 'invited' | 'declined' | 'blocked';

export interface ConversationSummary {
  readonly id: ConversationId;
  readonly kind: 'direct' | 'group';
  /** Of a group its name; else the other person's username. */
  readonly name: string;
  /** The other person; in a group who brought this account into it, else null. */
  readonly peer: Person | null;
  readonly standing: ConversationStanding;
  /** False once this account left or was removed. */
  readonly member: boolean;
  readonly last: {
    readonly text: string;
    readonly mine: boolean;
    readonly author: Person;
    readonly at: number;
    readonly mark: DeliveryMark | null;
  } | null;
  readonly unread: number;
  readonly draft: string;
  /** Newest activity, for ordering; milliseconds since 1970. */
  readonly at: number;
}

export type DeliveryMark = 'queued' | 'sent' | 'delivered' | 'read' | 'failed';

export interface TimelineSnapshot {
  readonly conversation: ConversationId;
  /** Oldest first; ends with the newest. One that did not change is the same object as in the snapshot before. */
  readonly items: readonly TimelineItem[];
  /** Older ones are on this device or the server. */
  readonly hasOlder: boolean;
  /** First message that was unread when the topic was opened. */
  readonly unreadFrom: EventId | null;
  readonly unread: number;
  readonly draft: string;
  readonly kind: 'direct' | 'group';
  /** Of a group its name; else the other person's username. */
  readonly name: string;
  /** The other person; in a group who brought this account into it, else null. */
  readonly peer: Person | null;
  readonly members: number;
  readonly standing: ConversationStanding;
  /** False once this account left or was removed. */
  readonly member: boolean;
  /** Whose changed account key holds back what is sent, since when (milliseconds since 1970); nobody's most of the time. */
  readonly held: { readonly person: Person; readonly since: number } | null;
  /** The other person's account is no more, as the server says; nobody reads what is written here. */
  readonly gone: boolean;
}

export type TimelineItem =
  | {
      readonly kind: 'message';
      readonly id: EventId;
      readonly author: Person;
      readonly mine: boolean;
      /** Milliseconds since 1970, from the author's clock. */
      readonly at: number;
      readonly text: string;
      /** Files that it speaks of; absent without any. */
      readonly attachments?: readonly AttachmentReference[];
      /** On own messages only. */
      readonly mark: DeliveryMark | null;
      /** Why it failed. */
      readonly error: ErrorCode | null;
    }
  /** Something happened to the conversation or to who can read it. `by` is null where nobody did it by hand. */
  | {
      readonly kind: 'change';
      readonly id: string;
      readonly at: number;
      readonly by: Person | null;
      readonly change: ToldChange;
    }
  /** Its key has not come yet; it heals by itself. */
  | { readonly kind: 'waiting'; readonly id: string; readonly author: Person | null; readonly at: number }
  /** Somebody said more here than the server shows: it may be holding it back, or have spoilt it. `at` is when what follows was said. */
  | { readonly kind: 'missing'; readonly id: string; readonly author: Person; readonly at: number }
  /**
   * So many messages that were there before this device cannot be read: no key of theirs is in the account's archive. They are from
   * before the account was let in, or their keys are gone. Should one come, they open.
   */
  | { readonly kind: 'unreadable'; readonly id: string; readonly count: number };

export type TopicName = keyof EngineTopics;

/** The engine, in the same thread or behind a port. */
export interface Engine {
  readonly calls: EngineCalls;
  /**
   * Sends the snapshot now and whenever it changed.
   * @returns ends the subscription
   * @example const stop = engine.watch('conversations', null, (list) => render(list));
   */
  watch<T extends TopicName>(
    topic: T,
    argument: EngineTopics[T]['argument'],
    listener: (snapshot: EngineTopics[T]['snapshot']) => void,
  ): () => void;
  close(): Promise<void>;
}
