import type { AccountId, ConversationId, LogName } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Directory } from '../../account/directory.js';
import { createDirectory } from '../../account/directory.js';
import { isAccountError } from '../../account/errors.js';
import { knownDevice } from '../../account/pinned-list.js';
import { signalRecords } from '../../account/signal-stores.js';
import { equalBytes } from '../../conversation/hash.js';
import { CatchingUp } from '../../sync/catching-up.js';
import { ClientIds } from '../../sync/client-ids.js';
import { ComingBack, type ComingBackOptions } from '../../sync/coming-back.js';
import { Connection, type ConnectionEvents } from '../../sync/connection.js';
import { Heads } from '../../sync/heads.js';
import { Incoming } from '../../sync/incoming.js';
import { Outbox } from '../../sync/outbox.js';
import { OwnFeeds } from '../../sync/own-feeds.js';
import { Posts } from '../../sync/posts.js';
import { Archive } from '../archive/archive.js';
import { ProgressBook } from '../archive/progress.js';
import { AccountLog } from '../context/account-log.js';
import { Attached } from '../context/attached.js';
import type { DeviceContext, Self } from '../context/device-context.js';
import { DeviceLease } from '../context/device-lease.js';
import { OwedBounds } from '../context/owed-bounds.js';
import { People } from '../context/people.js';
import { Summaries } from '../context/summary.js';
import { Wishes } from '../context/wishes.js';
import type { Claim } from '../trust/claim.js';
import { ContactNotes } from '../trust/contact-notes.js';
import { Doubts } from '../trust/doubts.js';
import { conversationLogs, subscribeAll } from './catch-up.js';
import { DeviceClock } from './device-clock.js';
import type { OpenDeviceInput } from './open-device-input.js';

/** What the context's parts call back; nothing calls before the connection is opened. */
export interface ContextHandlers {
  readonly connection: ConnectionEvents;
  outboxChanged(): void;
  copied(): void;
  heard(claim: Claim): void;
  heardTwice(conversation: ConversationId): void;
  missing(conversation: ConversationId): void;
  /** Something is known of somebody that was not before. */
  personChanged(account: AccountId): void;
  uploadFiles(): void;
  sendPosts(log: LogName): Promise<void>;
  /** Something waits to go into the key archive. @param soon other devices are not about to archive the same */
  archiveQueued(soon: boolean): void;
  guard(work: () => Promise<void>): void;
  /** Of the reconnect cursor. */
  readonly comingBack: Pick<ComingBackOptions, 'isComplete' | 'compare' | 'left'>;
}

/** Opens what the rooms of a device work with, from its stores. */
export async function makeContext(
  input: OpenDeviceInput,
  handlers: ContextHandlers,
): Promise<{ context: DeviceContext; directory: Directory }> {
  const { self, api, now } = input;
  const { keys, messages } = input.stores;
  const notes = await ContactNotes.open(messages, now);
  const directory = createDirectory(api, keys, {
    now,
    // Own devices are told of where they are listed, not in every conversation.
    changing: async (change) => {
      if (change.after.account !== self.account) await notes.add(change);
    },
  });
  const people = new People(directory, (account) => handlers.personChanged(account));
  await people.open();
  const clientIds = await ClientIds.open(keys);
  const lease = new DeviceLease(keys);
  const comingBack = await ComingBack.open({
    ...handlers.comingBack,
    ...{ messages, now, guard: handlers.guard },
    ask: () => connection.askForCursor(),
  });
  const connection = connectionOf(input, { clientIds, lease, comingBack }, handlers.connection);
  const [heads, feeds, clock] = [new Heads(), new OwnFeeds(keys), new DeviceClock(now)];
  let granting: Promise<void> | undefined;
  // Those who ask at once share one: nothing was written under it yet.
  const freshClientId = () => {
    granting ??= connection
      .grant()
      .then((grant) => clientIds.adopt(grant))
      .finally(() => {
        granting = undefined;
      });
    return granting;
  };
  const route = {
    device: self.device,
    keys,
    connection,
    feeds,
    heads,
    clientIds,
    freshClientId,
    copied: () => handlers.copied(),
  };
  const posts = await Posts.open(route);
  const archive = await Archive.open({
    self,
    accountKeys: input.accountKeys,
    messages,
    posts,
    ownDevices: (ask) => ownDevices(people, self.account, ask),
    queued: (soon) => handlers.archiveQueued(soon),
  });
  const summaries = await Summaries.open(messages, handlers.guard);
  for (const [, { at }] of summaries.all()) clock.saw({ wall: at, counter: 0 });
  const context: DeviceContext = {
    ...{
      self,
      accountKeys: input.accountKeys,
      keys,
      messages,
      api,
      connection,
      heads,
      feeds,
      clientIds,
      lease,
      posts,
      people,
      archive,
      summaries,
      freshClientId,
      now,
    },
    notes,
    progress: await ProgressBook.open(messages),
    doubts: await Doubts.open(messages),
    overdueChains: new Set(),
    wishes: await Wishes.open(keys),
    owedBounds: await OwedBounds.open(keys),
    signal: signalRecords(keys, async ({ name, deviceId }, identity) => {
      const device = deviceId as Self['device'];
      if (await directory.isListed(name as AccountId, device, identity)) return true;
      if (name !== self.account || !context.owedBounds.isLeaving(device)) return false;
      const left = knownDevice((await people.known(self.account))!.list, device);
      return left !== undefined && equalBytes(left.key, identity);
    }),
    incoming: new Incoming(messages),
    catchingUp: new CatchingUp(messages),
    comingBack,
    attached: await Attached.open(keys),
    outbox: await Outbox.open(keys, handlers.outboxChanged),
    accountLog: await AccountLog.open(self.account, input.accountKeys, messages, posts),
    copied: () => handlers.copied(),
    heard: (claim) => handlers.heard(claim),
    heardTwice: (conversation) => handlers.heardTwice(conversation),
    missing: (conversation) => handlers.missing(conversation),
    tick: () => clock.tick(),
    saw: (seen) => clock.saw(seen),
    subscribe: (conversation) => subscribeAll(context, conversationLogs(conversation)),
    uploadFiles: () => handlers.uploadFiles(),
    sendPosts: (log) => handlers.sendPosts(log),
    guard: (work) => handlers.guard(work),
  };
  return { context, directory };
}

/** Keys of the account's listed devices, by device. Those known, where the server can't be asked. */
async function ownDevices(
  people: People,
  account: AccountId,
  ask: boolean,
): Promise<ReadonlyMap<Self['device'], Uint8Array>> {
  if (ask) people.outdated(account);
  let person = await people.known(account);
  try {
    if (ask) person = await people.fresh(account);
  } catch (error) {
    if (!(error instanceof ProtocolError) && !isAccountError(error)) throw error;
  }
  return new Map(person?.list.list.devices.map(({ id, key }) => [id, key]));
}

function connectionOf(
  input: OpenDeviceInput,
  { clientIds, lease, comingBack }: Pick<DeviceContext, 'clientIds' | 'lease' | 'comingBack'>,
  events: ConnectionEvents,
): Connection {
  const { api } = input;
  return new Connection(
    {
      url: input.syncUrl,
      openSocket: input.openSocket,
      accessToken: async (renew) => (renew ? (await api.resume()).accessToken : api.accessToken()),
      grants: () => clientIds.all,
      lease: () => lease.take(),
      cursor: () => comingBack.cursor(),
      asking: comingBack,
      random: () => Math.random(),
    },
    events,
  );
}
