import type {
  AccessChange,
  AccountId,
  ConversationHead,
  ConversationId,
  DeviceId,
  LogRecord,
} from '@sotto/protocol';
import { ProtocolError, parseDocumentName } from '@sotto/protocol';
import { RecentMap } from '../cache/recent-map.js';
import type { Claim, ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import {
  CONVERSATIONS,
  conversationKey,
  conversationPrefix,
  memberKey,
  memberPrefix,
  parseConversationKey,
  parseMemberKey,
} from '../keys.js';
import type { LogStore, Unsubscribe } from '../log/log-store.js';
import { Listeners } from '../watch/listeners.js';
import type { Access } from './entitled.js';
import { assertEntitled, isMember } from './entitled.js';
import { decodeStateClaim, encodeStateClaim } from './state-claim.js';

export interface AdvanceRequest {
  readonly conversation: ConversationId;
  /** The counter that the change was made under; 0 creates the conversation. */
  readonly counter: number;
  readonly change: AccessChange;
  readonly by: { readonly account: AccountId; readonly device: DeviceId };
  /** State records of this conversation that say it, of one document. */
  readonly records: readonly LogRecord[];
}

/** What is known of one conversation. */
interface Slot {
  access: Access | undefined;
  /** Highest counter that listeners were told of since this slot exists. */
  told: number;
  /** State records of the newest claim, until the log is known to hold them. */
  unsettled: readonly LogRecord[] | undefined;
  loading: Promise<void> | undefined;
}

/** Conversations remembered at once. */
const REMEMBERED = 50_000;

/**
 * Who has access to which conversation: a chain of claims, one a counter value, each carrying the access list from then
 * on and the state record that says so. One write decides both; putting the record into the log afterwards is
 * idempotent, and is made up for by whoever next asks when a crash came between.
 */
export class AccessLists {
  readonly #log: LogStore;
  readonly #claims: ClaimStore;
  readonly #slots: RecentMap<ConversationId, Slot>;
  readonly #listeners = new Listeners<[Access, Access | undefined]>();
  readonly #unwatch: Unsubscribe;
  /** Keeps what listeners hear in order while an older list is being looked up. */
  #telling: Promise<void> | undefined;

  /** @param options `remembered`: conversations kept in memory */
  constructor(log: LogStore, claims: ClaimStore, options: { remembered?: number } = {}) {
    this.#log = log;
    this.#claims = claims;
    this.#slots = new RecentMap(options.remembered ?? REMEMBERED);
    this.#unwatch = claims.watch(CONVERSATIONS, (claim) => this.#learn(claim));
  }

  /**
   * The access list that counts now; its state record is in the log when this resolves.
   * @throws ProtocolError `sync/store-unavailable`
   */
  async current(conversation: ConversationId): Promise<Access | undefined> {
    const slot = await this.#slot(conversation);
    if (slot.access) await this.#settle(slot);
    return slot.access;
  }

  /** Conversations that the account belongs to. */
  async of(account: AccountId): Promise<ConversationHead[]> {
    const claims = await this.#claims.list({ prefix: memberPrefix(account) });
    const heads = await Promise.all(
      claims.map(async ({ key }): Promise<ConversationHead[]> => {
        const { conversation } = parseMemberKey(key);
        const { access } = await this.#slot(conversation);
        // The index only ever grows: whoever was removed is still in it.
        return access && isMember(access, account) ? [{ conversation, counter: access.counter }] : [];
      }),
    );
    return heads.flat();
  }

  /**
   * Changes the access list and raises the counter by one. Asking again for what was done already, byte for byte,
   * answers as the first time.
   * @returns the list that this request made
   * @throws ProtocolError `sync/stale` (another counter counts), `auth/forbidden`, `sync/fork` and `sync/gap` (the
   * records do not fit the log; nothing was changed), `sync/malformed` (they are no state records of this conversation)
   */
  async advance(request: AdvanceRequest): Promise<Access> {
    assertStateRecords(request);
    const { conversation, counter, change, by, records } = request;
    const before = await this.current(conversation);
    const done = await this.#alreadyDone(request, before);
    if (done) return done;
    // Before the counter: who does not belong learns nothing of it.
    if (before && !isMember(before, by.account))
      throw new ProtocolError('auth/forbidden', { detail: 'not a member' });
    if ((before?.counter ?? 0) !== counter) throw new ProtocolError('sync/stale', { detail: 'counter' });
    assertEntitled(before, change, by.account);
    await this.#assertFits(records);
    await this.#index(conversation, change, before);
    const won = await this.#claim(request);
    if (!won) return this.#lost(request);
    await this.#store(records);
    const slot = await this.#slot(conversation);
    if (slot.access?.counter === counter + 1) slot.unsettled = undefined;
    return { conversation, counter: counter + 1, kind: change.kind, members: change.members };
  }

  /**
   * Calls back with every change from now on, by whichever server, in order of counters. The state record may not be
   * in the log yet.
   * @param listener `before` is `undefined` for a new conversation, and when the older list could not be read: whoever
   * turns people away must go by `access` alone
   */
  watch(listener: (access: Access, before: Access | undefined) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  /** Stops listening to the claims. */
  close(): void {
    this.#unwatch();
  }

  async #claim({ conversation, counter, ...request }: AdvanceRequest): Promise<boolean> {
    try {
      const key = conversationKey(conversation, counter + 1);
      this.#learn(await this.#claims.own(key, encodeStateClaim(request)));
      return true;
    } catch (error) {
      if (error instanceof ClaimTakenError) return false;
      throw error;
    }
  }

  /** Somebody was faster. It may have been this very request, sent twice. */
  async #lost(request: AdvanceRequest): Promise<Access> {
    const slot = await this.#slot(request.conversation);
    await this.#load(slot, request.conversation);
    const done = await this.#alreadyDone(request, slot.access);
    if (done) return done;
    throw new ProtocolError('sync/stale', { detail: 'lost race' });
  }

  /** The list that an equal request made before, if one did. */
  async #alreadyDone(request: AdvanceRequest, before: Access | undefined): Promise<Access | undefined> {
    const { conversation, counter } = request;
    if (!before || before.counter <= counter) return undefined;
    const claim = await this.#claims.get(conversationKey(conversation, counter + 1));
    if (!claim || Buffer.compare(claim.body, encodeStateClaim(request)) !== 0) return undefined;
    await this.#store(request.records);
    return readClaim(claim).access;
  }

  /** A claim must never be made for records that the log would refuse. */
  async #assertFits(records: readonly LogRecord[]): Promise<void> {
    const { document } = records[0]!;
    const next = await this.#log.stateVector(document);
    const first = new Map<number, number>();
    for (const { client, clock } of records) first.set(client, Math.min(clock, first.get(client) ?? clock));
    const there = await this.#log.read(document, new Map([...next, ...first]));
    const bodies = new Map(there.map((record) => [position(record), record.body]));
    for (const record of records) {
      const known = next.get(record.client) ?? 0;
      if (record.clock > known) throw new ProtocolError('sync/gap', { detail: 'state record' });
      const body = bodies.get(position(record));
      if (body && Buffer.compare(body, record.body) !== 0)
        throw new ProtocolError('sync/fork', { detail: 'state record' });
      bodies.set(position(record), record.body);
      next.set(record.client, Math.max(known, record.clock + 1));
    }
  }

  /** Before the claim: a crash in between leaves an index entry too many, which is harmless, never one too few. */
  async #index(
    conversation: ConversationId,
    change: AccessChange,
    before: Access | undefined,
  ): Promise<void> {
    const added = change.members.filter(({ account }) => !before || !isMember(before, account));
    await Promise.all(
      added.map(async ({ account }) => {
        try {
          await this.#claims.own(memberKey(account, conversation), new Uint8Array());
        } catch (error) {
          if (!(error instanceof ClaimTakenError)) throw error;
        }
      }),
    );
  }

  async #settle(slot: Slot): Promise<void> {
    const records = slot.unsettled;
    if (!records) return;
    await this.#store(records);
    if (slot.unsettled === records) slot.unsettled = undefined;
  }

  /** Puts claimed records into the log. A refusal here is a defect: the claim was made for records that fit. */
  async #store(records: readonly LogRecord[]): Promise<void> {
    const outcomes = await this.#log.append(records);
    const last = outcomes.at(-1);
    if (last === 'fork' || last === 'gap')
      throw new ProtocolError(`sync/${last}`, {
        detail: 'the log refused the state record of a claimed change',
      });
  }

  async #slot(conversation: ConversationId): Promise<Slot> {
    const slot = this.#slots.get(conversation) ?? emptySlot();
    this.#slots.set(conversation, slot);
    if (!slot.access || slot.loading) {
      slot.loading ??= this.#load(slot, conversation).finally(() => {
        slot.loading = undefined;
      });
      await slot.loading;
    }
    return slot;
  }

  async #load(slot: Slot, conversation: ConversationId): Promise<void> {
    const prefix = conversationPrefix(conversation);
    const [claim] = await this.#claims.list({ prefix, reverse: true, limit: 1 });
    if (claim) accept(slot, claim);
  }

  /** A claim was confirmed, here or elsewhere. It may be late, or come twice. */
  #learn(claim: Claim): void {
    const { conversation, counter } = parseConversationKey(claim.key);
    const slot = this.#slots.get(conversation);
    const isKnown = slot?.access || (slot && counter === 1);
    if (!isKnown || slot.loading) {
      this.#learnAnew(claim);
      return;
    }
    const before = slot.access;
    const isNewer = accept(slot, claim);
    this.#tell(slot, counter, isNewer ? before : undefined);
  }

  /** Nothing is remembered of the conversation: what counts is read, since this claim may not be the newest. */
  #learnAnew(claim: Claim): void {
    const { conversation, counter } = parseConversationKey(claim.key);
    this.#later(async () => {
      const slot = (await this.#read(() => this.#slot(conversation))) ?? emptySlot();
      accept(slot, claim);
      this.#tell(slot, counter, undefined);
    });
  }

  #tell(slot: Slot, counter: number, before: Access | undefined): void {
    const { access } = slot;
    if (!access || counter <= slot.told) return;
    slot.told = access.counter;
    if (!this.#telling && (before || access.counter === 1)) {
      this.#listeners.tell(access, before);
      return;
    }
    this.#later(async () => {
      this.#listeners.tell(access, before ?? (await this.#at(access.conversation, access.counter - 1)));
    });
  }

  #later(work: () => Promise<void>): void {
    const telling = (this.#telling ?? Promise.resolve()).then(work).finally(() => {
      if (this.#telling === telling) this.#telling = undefined;
    });
    this.#telling = telling;
  }

  /** The change must be told whatever happens; what is known without reading is enough to turn people away. */
  async #read<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ProtocolError) return undefined;
      throw error;
    }
  }

  #at(conversation: ConversationId, counter: number): Promise<Access | undefined> {
    return this.#read(async () => {
      const claim = await this.#claims.get(conversationKey(conversation, counter));
      return claim && readClaim(claim).access;
    });
  }
}

function emptySlot(): Slot {
  return { access: undefined, told: 0, unsettled: undefined, loading: undefined };
}

function readClaim(claim: Claim): { access: Access; records: readonly LogRecord[] } {
  const { change, records } = decodeStateClaim(claim.body);
  return { access: { ...parseConversationKey(claim.key), ...change }, records };
}

/** @returns whether it is newer than what was known */
function accept(slot: Slot, claim: Claim): boolean {
  const { access, records } = readClaim(claim);
  if (slot.access && slot.access.counter >= access.counter) return false;
  slot.access = access;
  slot.unsettled = records;
  return true;
}

function position({ client, clock }: LogRecord): string {
  return `${client}/${clock}`;
}

function assertStateRecords({ conversation, records }: AdvanceRequest): void {
  const document = records[0]?.document;
  if (document === undefined || records.some((record) => record.document !== document))
    throw new ProtocolError('sync/malformed', { detail: 'state records of one document expected' });
  const { log } = parseDocumentName(document).document;
  if (log.kind !== 's' || log.owner !== conversation)
    throw new ProtocolError('sync/malformed', { detail: 'not the state log of this conversation' });
}
