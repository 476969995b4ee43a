import type { AccountId, ConversationId, DeviceId, LogName } from '@sotto/protocol';
import type { AccountApi } from '../../account/http-api.js';
import type { SignalRecords } from '../../account/signal-stores.js';
import type { Clock } from '../../conversation/clock.js';
import type { DistributionId } from '../../conversation/fields.js';
import type { IdentityKeyPair } from '../../crypto/index.js';
import type { KeyStore } from '../../store/key-store.js';
import type { MessageStore } from '../../store/message-store.js';
import type { CatchingUp } from '../../sync/catching-up.js';
import type { ClientIds } from '../../sync/client-ids.js';
import type { ComingBack } from '../../sync/coming-back.js';
import type { Connection } from '../../sync/connection.js';
import type { Heads } from '../../sync/heads.js';
import type { Incoming } from '../../sync/incoming.js';
import type { Outbox } from '../../sync/outbox.js';
import type { OwnFeeds } from '../../sync/own-feeds.js';
import type { Posts } from '../../sync/posts.js';
import type { Archive } from '../archive/archive.js';
import type { ProgressBook } from '../archive/progress.js';
import type { Claim } from '../trust/claim.js';
import type { ContactNotes } from '../trust/contact-notes.js';
import type { Doubts } from '../trust/doubts.js';
import type { AccountKeys } from './account-keys.js';
import type { AccountLog } from './account-log.js';
import type { Attached } from './attached.js';
import type { DeviceLease } from './device-lease.js';
import type { OwedBounds } from './owed-bounds.js';
import type { People } from './people.js';
import type { Summaries } from './summary.js';
import type { Wishes } from './wishes.js';

/** Who this device is. */
export interface Self {
  readonly account: AccountId;
  readonly device: DeviceId;
  /** The number of the lease that this writer session began with: chains and sequences begin anew with each session. */
  readonly generation: number;
  readonly identity: IdentityKeyPair;
}

/** What the rooms of an open device work with; made once, by `openDevice`. */
export interface DeviceContext {
  readonly self: Self;
  readonly keys: KeyStore;
  readonly messages: MessageStore;
  readonly api: AccountApi;
  readonly people: People;
  readonly signal: SignalRecords;
  readonly connection: Connection;
  readonly heads: Heads;
  readonly feeds: OwnFeeds;
  readonly clientIds: ClientIds;
  readonly lease: DeviceLease;
  readonly incoming: Incoming;
  readonly catchingUp: CatchingUp;
  /** The cursor of this device, and what is still to come on this connection. */
  readonly comingBack: ComingBack;
  readonly outbox: Outbox;
  readonly posts: Posts;
  /** Files that somebody attached here and that are on their way. */
  readonly attached: Attached;
  /** What this device wants changed about conversations. */
  readonly wishes: Wishes;
  /** Devices of this account that it removed, and where that is still to be said. */
  readonly owedBounds: OwedBounds;
  readonly summaries: Summaries;
  readonly accountLog: AccountLog;
  /** What was noticed about the devices and account keys of others. */
  readonly notes: ContactNotes;
  /** What messages speak of and the server has not shown. */
  readonly doubts: Doubts;
  /** Chains that envelopes have waited for longer than they should. */
  readonly overdueChains: Set<DistributionId>;
  /** An author said what the server showed the author: it is compared with what is here. */
  heard(claim: Claim): void;
  /** An author said two things in one place of a conversation. */
  heardTwice(conversation: ConversationId): void;
  /** Something that members said is not here, or has come. */
  missing(conversation: ConversationId): void;
  readonly archive: Archive;
  /** How much of the past is here. */
  readonly progress: ProgressBook;
  /** Of the account log and the key archive; they change when a device is removed. */
  readonly accountKeys: AccountKeys;
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  /** The clock of a new event; and seeing another's. */
  tick(): Clock;
  saw(clock: Clock): void;
  /** A client id nothing was written under, remembered durably. */
  freshClientId(): Promise<void>;
  /** Runs what nobody waits for: its faults are reported, and a network that went away is none. */
  guard(work: () => Promise<void>): void;
  /** Somebody else wrote under this device's name: its writer session is over, another begins. */
  copied(): void;
  /** Hears of a conversation from now on: its logs are asked for and followed. */
  subscribe(conversation: ConversationId): void;
  /** Brings attached files to the server, and sees to what became of their messages. */
  uploadFiles(): void;
  /** Sends what is queued for an inbox or the account log. @throws ProtocolError */
  sendPosts(log: LogName): Promise<void>;
}
