import type { AccessChange, AccountId, ConversationHead, ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import { conversationKey, memberKey, memberPrefix, parseMemberKey } from '../keys.js';
import type { LogStore } from '../log/log-store.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import { hasDirectId } from './direct-id.js';
import type { Access } from './entitled.js';
import { assertEntitled, isLockedOut, isMember } from './entitled.js';
import type { ErasedKind } from './erased-ids.js';
import { erasedKind, markErased } from './erased-ids.js';
import type { Known } from './known-access.js';
import { KnownAccess } from './known-access.js';
import type { StateClaim } from './state-claim.js';
import { decodeStateClaim, encodeStateClaim, readStateClaim } from './state-claim.js';
import { assertFits, assertStateRecords, storeRecords } from './state-records.js';

export interface AdvanceRequest extends Omit<StateClaim, 'by' | 'erased'> {
  readonly by: NonNullable<StateClaim['by']>;
  readonly conversation: ConversationId;
  /** The counter that the change was made under; 0 creates the conversation. */
  readonly counter: number;
}

/** Conversations remembered unless told. */
const REMEMBERED = 50_000;

/**
 * Who has access to which conversation: a chain of claims, one a counter value, each carrying the access list from then
 * on and the state record that says so. One write decides both; putting the record into the log afterwards is
 * idempotent, and is made up for by whoever next asks when a crash came between (SPEC W7).
 */
export class AccessLists {
  readonly #log: LogStore;
  readonly #claims: ClaimStore;
  readonly #known: KnownAccess;

  /** @param options `remembered`: conversations kept in memory */
  constructor(log: LogStore, claims: ClaimStore, options: { remembered?: number } = {}) {
    this.#log = log;
    this.#claims = claims;
    this.#known = new KnownAccess(claims, options.remembered ?? REMEMBERED);
  }

  /**
   * The access list that counts now; its state record is in the log when this resolves.
   * @throws ProtocolError `sync/store-unavailable`
   */
  async current(conversation: ConversationId): Promise<Access | undefined> {
    const known = await this.#known.of(conversation);
    await this.#settle(known);
    return known.access;
  }

  /** As {@link current}, but reads the claims whatever is known: of a change elsewhere this server may not have heard yet. */
  async reread(conversation: ConversationId): Promise<Access | undefined> {
    const known = await this.#known.reread(conversation);
    await this.#settle(known);
    return known.access;
  }

  /** The access list that this server knows of at this moment, without asking; undefined when it remembers none. */
  peek(conversation: ConversationId): Access | undefined {
    return this.#known.peek(conversation);
  }

  /** As {@link peek}, and undefined also while its state record may not be in the log. */
  peekSettled(conversation: ConversationId): Access | undefined {
    return this.#known.peekSettled(conversation);
  }

  /** Conversations that the account belongs to. */
  async of(account: AccountId): Promise<ConversationHead[]> {
    const claims = await this.#claims.list({ prefix: memberPrefix(account) });
    const heads = await Promise.all(
      claims.map(async ({ key }): Promise<ConversationHead[]> => {
        const { conversation } = parseMemberKey(key);
        const { access } = await this.#known.of(conversation);
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
   * @throws ProtocolError `sync/stale` (another counter stands), `auth/forbidden`, `sync/fork` and `sync/gap` (the
   * records do not fit the log), `sync/grammar` (they are no state records of this conversation), `sync/erased`: nothing was changed.
   * `sync/store-unavailable`: ask again
   */
  async advance(asked: AdvanceRequest): Promise<Access> {
    const { conversation, counter, by, records } = asked;
    assertStateRecords(conversation, records);
    const before = await this.current(conversation);
    await this.#assertNotErased(conversation, before);
    const change = await this.#withoutErased(asked.change, before);
    const request = { ...asked, change };
    const done = await this.#alreadyDone(request, before);
    if (done) return done;
    // Before the counter: who does not belong learns nothing of it.
    const founder = before && isLockedOut(before) ? await this.#founder(conversation) : undefined;
    if (before && !isMember(before, by.account) && by.account !== founder)
      throw new ProtocolError('auth/forbidden', { detail: 'not a member' });
    if ((before?.counter ?? 0) !== counter) throw new ProtocolError('sync/stale', { detail: 'counter' });
    assertEntitled(before, change, by.account, founder);
    if (!before && change.kind === 'direct' && !hasDirectId(conversation, change))
      throw new ProtocolError('auth/forbidden', { detail: 'not the id of these two' });
    await assertFits(this.#log, records);
    await this.#index(conversation, change, before);
    if (!(await this.#claim(request))) return this.#lost(request);
    await storeRecords(this.#log, records);
    const known = await this.#known.of(conversation);
    if (known.access?.counter === counter + 1) known.unsettled = undefined;
    return { conversation, counter: counter + 1, kind: change.kind, members: change.members };
  }

  /** What a conversation was that is no more: nobody can read or write it, and its id is never used again. */
  erasedKind(conversation: ConversationId): Promise<ErasedKind | undefined> {
    return erasedKind(this.#claims, conversation);
  }

  /**
   * Ends a conversation for good: the last change of its list, after which nobody belongs, is told to every server as others are.
   * What it consisted of is the caller's to erase. Who may is the caller's to ask. Again is free.
   * @returns how many belonged to it
   */
  async erase(conversation: ConversationId): Promise<number> {
    for (;;) {
      const { access } = await this.#known.reread(conversation);
      if (!access) return 0;
      // First what keeps the id from being used again when the chain is gone.
      await markErased(this.#claims, conversation, access.kind);
      if (access.erased) return 0;
      const change = { kind: access.kind, members: [] };
      const last = { conversation, counter: access.counter, change, by: undefined, records: [] };
      if (await this.#claim({ ...last, erased: true })) return access.members.length;
    }
  }

  /**
   * Takes an account that is being erased off a list on which others stay. Members learn of it by the counter; no event says so.
   * @returns who stays
   */
  async depart(conversation: ConversationId, account: AccountId): Promise<Access | undefined> {
    for (;;) {
      const { access } = await this.#known.reread(conversation);
      if (!access || access.erased || !isMember(access, account)) return access;
      const members = access.members.filter((member) => member.account !== account);
      const change = { kind: access.kind, members };
      await this.#claim({ conversation, counter: access.counter, change, by: undefined, records: [] });
    }
  }

  /**
   * Calls back with every change from now on, by whichever server, in order of counters. The state record may not be
   * in the log yet.
   * @param listener `before` is `undefined` for a new conversation, and when the older list could not be read: whoever
   * turns people away must go by `access` alone
   */
  watch(listener: (access: Access, before: Access | undefined) => void): Unsubscribe {
    return this.#known.watch(listener);
  }

  /** Stops following the claims. */
  close(): void {
    this.#known.close();
  }

  /** @throws ProtocolError `sync/erased` */
  async #assertNotErased(conversation: ConversationId, before: Access | undefined): Promise<void> {
    if (before ? before.erased : await this.erasedKind(conversation)) throw new ProtocolError('sync/erased');
  }

  /** Members go by what they know: accounts that are gone are still named by them. */
  async #withoutErased(change: AccessChange, before: Access | undefined): Promise<AccessChange> {
    const added = change.members.filter(({ account }) => !before || !isMember(before, account));
    const kinds = await Promise.all(added.map(({ account }) => erasedKind(this.#claims, account)));
    const gone = new Set(added.filter((_, index) => kinds[index]).map(({ account }) => account));
    if (gone.size === 0) return change;
    return { ...change, members: change.members.filter(({ account }) => !gone.has(account)) };
  }

  /** Who made the conversation. */
  async #founder(conversation: ConversationId): Promise<AccountId | undefined> {
    const claim = await this.#claims.get(conversationKey(conversation, 1));
    return claim && decodeStateClaim(claim.body).by?.account;
  }

  /** @returns whether this request won the counter */
  async #claim({
    conversation,
    counter,
    ...change
  }: StateClaim & Pick<AdvanceRequest, 'conversation' | 'counter'>): Promise<boolean> {
    try {
      const key = conversationKey(conversation, counter + 1);
      this.#known.learn(await this.#claims.own(key, encodeStateClaim(change)));
      return true;
    } catch (error) {
      if (error instanceof ClaimTakenError) return false;
      throw error;
    }
  }

  /** Somebody was faster. It may have been this very request, sent twice. */
  async #lost(request: AdvanceRequest): Promise<Access> {
    const { access } = await this.#known.reread(request.conversation);
    const done = await this.#alreadyDone(request, access);
    if (done) return done;
    throw new ProtocolError('sync/stale', { detail: 'lost race' });
  }

  /** The list that an equal request made before, if one did. */
  async #alreadyDone(request: AdvanceRequest, now: Access | undefined): Promise<Access | undefined> {
    const { conversation, counter } = request;
    if (!now || now.counter <= counter) return undefined;
    const claim = await this.#claims.get(conversationKey(conversation, counter + 1));
    if (!claim || Buffer.compare(claim.body, encodeStateClaim(request)) !== 0) return undefined;
    await storeRecords(this.#log, request.records);
    return readStateClaim(claim).access;
  }

  /** Before the claim: a crash in between leaves an index entry too many, which is harmless, never one too few. */
  async #index(
    conversation: ConversationId,
    change: AccessChange,
    before: Access | undefined,
  ): Promise<void> {
    const added = change.members.filter(({ account }) => !before || !isMember(before, account));
    await Promise.all(added.map(({ account }) => this.#ownOnce(memberKey(account, conversation))));
  }

  async #ownOnce(key: string): Promise<void> {
    try {
      await this.#claims.own(key, new Uint8Array());
    } catch (error) {
      if (!(error instanceof ClaimTakenError)) throw error;
    }
  }

  async #settle(known: Known): Promise<void> {
    const records = known.unsettled;
    if (!records) return;
    if (!this.#log.peekHolds?.(records)) await storeRecords(this.#log, records);
    if (known.unsettled === records) known.unsettled = undefined;
  }
}
