import type { ConversationId, LogRecord } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { RecentMap } from '../cache/recent-map.js';
import type { Claim, ClaimStore } from '../claims/claim-store.js';
import {
  CONVERSATIONS,
  conversationKey,
  conversationPrefix,
  isConversationKey,
  parseConversationKey,
} from '../keys.js';
import { InOrderByKey } from '../watch/in-order.js';
import { Listeners } from '../watch/listeners.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import type { Access } from './entitled.js';
import { readStateClaim } from './state-claim.js';

/** What is known of one conversation. */
export interface Known {
  access: Access | undefined;
  /** State records of the newest claim, until the log is known to hold them. */
  unsettled: readonly LogRecord[] | undefined;
  /** Highest counter that listeners were told of since this is remembered. */
  told: number;
  loading: Promise<void> | undefined;
  /** Claims that were told of while it was being read: the read may not have seen them. */
  heard: Claim[];
}

/** The newest access lists in memory, read when first asked for and kept true by watching the claims. */
export class KnownAccess {
  readonly #claims: ClaimStore;
  readonly #known: RecentMap<ConversationId, Known>;
  readonly #listeners = new Listeners<[Access, Access | undefined]>();
  /** Each conversation by itself: one that is slow to read keeps no change of another from being told. */
  readonly #telling = new InOrderByKey<ConversationId>();
  readonly #unwatch: Unsubscribe;

  /** @param remembered conversations kept in memory */
  constructor(claims: ClaimStore, remembered: number) {
    this.#claims = claims;
    this.#known = new RecentMap(remembered);
    // What was missed is unknown: everything is read again when it is next asked for.
    this.#unwatch = claims.watch(
      CONVERSATIONS,
      (claim) => {
        if (isConversationKey(claim.key)) this.learn(claim);
      },
      () => this.#known.clear(),
    );
  }

  /** What is known now, read from the claims when nothing is. */
  async of(conversation: ConversationId): Promise<Known> {
    const known = this.#known.get(conversation) ?? nothing();
    this.#known.set(conversation, known);
    if (!known.access || known.loading) {
      known.loading ??= this.#load(known, conversation).finally(() => {
        known.loading = undefined;
        known.heard = [];
      });
      await known.loading;
    }
    return known;
  }

  /** What is in memory now: undefined says nothing. */
  peek(conversation: ConversationId): Access | undefined {
    return this.#known.get(conversation)?.access;
  }

  /** What is in memory now and came to rest: nothing is being read, and no record waits for the log. */
  peekSettled(conversation: ConversationId): Access | undefined {
    const known = this.#known.get(conversation);
    return known && !known.loading && !known.unsettled ? known.access : undefined;
  }

  /** As {@link of}, but reads the claims whatever is known. */
  async reread(conversation: ConversationId): Promise<Known> {
    const known = await this.of(conversation);
    await this.#load(known, conversation);
    return known;
  }

  /** Tells of every change from now on; see `AccessLists.watch`. */
  watch(listener: (access: Access, before: Access | undefined) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  close(): void {
    this.#unwatch();
  }

  /** A claim was confirmed, here or elsewhere. It may be late, or come twice. */
  learn(claim: Claim): void {
    const { conversation, counter } = parseConversationKey(claim.key);
    const known = this.#known.get(conversation);
    if (known?.loading) known.heard.push(claim);
    const isFollowed = known && !known.loading && (known.access || counter === 1);
    if (!isFollowed) {
      this.#learnAnew(claim);
      return;
    }
    const before = known.access;
    try {
      const isNewer = accept(known, claim);
      this.#tell(known, counter, isNewer ? before : undefined);
    } catch (error) {
      // What counts cannot be read: whoever asks is told so, and nobody goes by what counted before.
      if (!(error instanceof ProtocolError)) throw error;
      this.#known.delete(conversation);
    }
  }

  /** Nothing is remembered of the conversation: what counts is read, since this claim may not be the newest. */
  #learnAnew(claim: Claim): void {
    const { conversation, counter } = parseConversationKey(claim.key);
    this.#telling.run(conversation, async () => {
      const known = (await readable(() => this.of(conversation))) ?? nothing();
      await readable(async () => {
        accept(known, claim);
        this.#tell(known, counter, undefined);
      });
    });
  }

  #tell(known: Known, counter: number, before: Access | undefined): void {
    const { access } = known;
    if (!access || counter <= known.told) return;
    known.told = access.counter;
    if (this.#telling.idle(access.conversation) && (before || access.counter === 1)) {
      this.#listeners.tell(access, before);
      return;
    }
    const { conversation, counter: now } = access;
    this.#telling.run(conversation, async () => {
      this.#listeners.tell(access, before ?? (await readable(() => this.#at(conversation, now - 1))));
    });
  }

  async #at(conversation: ConversationId, counter: number): Promise<Access | undefined> {
    const claim = await this.#claims.get(conversationKey(conversation, counter));
    return claim && readStateClaim(claim).access;
  }

  async #load(known: Known, conversation: ConversationId): Promise<void> {
    const prefix = conversationPrefix(conversation);
    const [claim] = await this.#claims.list({ prefix, reverse: true, limit: 1 });
    if (claim) accept(known, claim);
    for (const heard of known.heard.splice(0)) accept(known, heard);
  }
}

function nothing(): Known {
  return { access: undefined, unsettled: undefined, told: 0, loading: undefined, heard: [] };
}

/** @returns whether it is newer than what was known
 * @throws ProtocolError `sync/store-unavailable` for what no server of ours wrote */
function accept(known: Known, claim: Claim): boolean {
  const { access, records } = readStateClaim(claim);
  if (known.access && known.access.counter >= access.counter) return false;
  known.access = access;
  known.unsettled = records;
  return true;
}

/** A change must be told whatever happens; what is known without reading is enough to turn people away. */
async function readable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
