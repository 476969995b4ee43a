import type { ConversationSummary, DeliveryMark, HistorySnapshot, SessionSnapshot } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import type { Format } from '../platform/format.js';
import { routePath } from '../platform/routes.js';
import { say } from '../words/say.js';
import type { AvatarLook } from './avatar.js';
import { avatarOf, groupAvatarOf } from './avatar.js';
import type { Dependencies } from './dependencies.js';
import { NewMessageNotes } from './new-message-notes.js';
import { ViewModel } from './view-model.js';

export type Preview =
  | { readonly kind: 'draft'; readonly text: string }
  | {
      readonly kind: 'message';
      readonly text: string;
      readonly mine: boolean;
      /** Of others in a group. */
      readonly author: string | null;
      readonly mark: DeliveryMark | null;
    }
  | { readonly kind: 'said'; readonly text: string };

export interface ConversationRow {
  readonly id: ConversationId;
  readonly path: string;
  readonly name: string;
  readonly avatar: AvatarLook;
  readonly time: string;
  readonly fullTime: string;
  readonly preview: Preview;
  readonly unread: number;
  readonly current: boolean;
}

export type ListNotice = 'recovery' | 'storage';

/** Days after which a row shows the date in place of the day. */
const WEEK = 7;

/** The list of conversations, and what is said beside it. */
export class ConversationListViewModel extends ViewModel {
  readonly #dependencies: Dependencies;
  readonly #me: SessionSnapshot & { state: 'signed-in' };
  readonly #notes: NewMessageNotes;
  #conversations: readonly ConversationSummary[] | null = null;
  #current: ConversationId | null = null;
  /** Details stand open beside the conversation, and do so beside the next one. */
  #withDetails = false;
  #recoveryPending = false;
  #storageAtRisk = false;
  #history: HistorySnapshot | null = null;

  constructor(dependencies: Dependencies, me: SessionSnapshot & { state: 'signed-in' }) {
    super();
    this.#dependencies = dependencies;
    this.#me = me;
    this.#notes = new NewMessageNotes(dependencies);
    this.track(
      dependencies.engine.watch('conversations', null, (conversations) => {
        this.#conversations = conversations;
        this.#notes.see(conversations);
        this.changed();
      }),
    );
    this.track(
      dependencies.engine.watch('history', null, (history) => {
        this.#history = history;
        this.changed();
      }),
    );
    this.#turnDays();
    void this.#askForStorage();
  }

  get username(): string {
    return this.#me.username;
  }

  get avatar(): AvatarLook {
    return avatarOf(this.#me);
  }

  /** The first snapshot came. */
  get loaded(): boolean {
    return this.#conversations !== null;
  }

  /** @returns false once the list is here and does not have it */
  mayHave(conversation: ConversationId): boolean {
    return this.#conversations?.some(({ id }) => id === conversation) ?? true;
  }

  /** Rows, newest first; declined requests and blocked people stay out. */
  get rows(): readonly ConversationRow[] {
    const shown = (this.#conversations ?? []).filter(
      ({ standing, id }) => (standing !== 'declined' && standing !== 'blocked') || id === this.#current,
    );
    return shown.toSorted((a, b) => b.at - a.at).map((conversation) => this.#row(conversation));
  }

  /** Messages not yet read, everywhere but with blocked people. */
  get unread(): number {
    return this.rows.reduce((sum, row) => sum + row.unread, 0);
  }

  /** How far older messages have come to this device; null once they are all here. */
  get historyProgress(): string | null {
    const history = this.#history;
    if (!history || history.state === 'complete') return null;
    if (history.state === 'waiting') return say('notice.history-waiting');
    return say('notice.history', { done: history.done, total: history.total });
  }

  get notice(): ListNotice | null {
    if (this.#recoveryPending) return 'recovery';
    const { preferences } = this.#dependencies.platform;
    const worthIt = (this.#conversations?.length ?? 0) > 0;
    return this.#storageAtRisk && worthIt && !preferences.storageNoticeRead ? 'storage' : null;
  }

  dismissStorageNotice(): void {
    this.#dependencies.platform.preferences.storageNoticeRead = true;
    this.changed();
  }

  setCurrent(conversation: ConversationId | null, withDetails: boolean): void {
    if (this.#current === conversation && this.#withDetails === withDetails) return;
    this.#current = conversation;
    this.#withDetails = withDetails;
    this.changed();
  }

  setRecoveryPending(pending: boolean): void {
    if (this.#recoveryPending === pending) return;
    this.#recoveryPending = pending;
    this.changed();
  }

  #row(conversation: ConversationSummary): ConversationRow {
    const { clock, format } = this.#dependencies.platform;
    const { id, kind, name, peer, at } = conversation;
    return {
      id,
      path: routePath({ name: this.#withDetails ? 'details' : 'conversation', id }),
      name,
      avatar: kind === 'group' || !peer ? groupAvatarOf({ id, name }) : avatarOf(peer),
      time: listTime(format, conversation.last?.at ?? at, clock.now()),
      fullTime: format.full(conversation.last?.at ?? at),
      preview: previewOf(conversation, id === this.#current),
      unread: conversation.unread,
      current: id === this.#current,
    };
  }

  /** At midnight "10:44" becomes "Yesterday". */
  #turnDays(): void {
    const { clock, format } = this.#dependencies.platform;
    let cancel = () => {};
    const next = () => {
      cancel = clock.after(format.untilMidnight(clock.now()) + 1_000, () => {
        this.changed();
        next();
      });
    };
    next();
    this.track(() => cancel());
  }

  /** Asks the browser to keep what is stored, now that something of the person's is. */
  async #askForStorage(): Promise<void> {
    const { storage } = this.#dependencies.platform;
    const kept = (await storage.persisted()) || (await storage.ask());
    if (kept === !this.#storageAtRisk) return;
    this.#storageAtRisk = !kept;
    this.changed();
  }
}

/** Time of a row: today the hour, this week the day, else the date. */
export function listTime(format: Format, at: number, now: number): string {
  const days = format.daysAgo(at, now);
  if (days <= 0) return format.time(at);
  if (days === 1) return say('day.yesterday');
  return days < WEEK ? format.weekday(at) : format.date(at, now);
}

function previewOf({ kind, standing, draft, last, peer }: ConversationSummary, current: boolean): Preview {
  if (standing === 'request' && kind === 'group' && peer) {
    return { kind: 'said', text: say('list.group-request', { name: peer.username }) };
  }
  if (standing === 'request') return { kind: 'said', text: say('list.request') };
  if (standing === 'blocked') return { kind: 'said', text: say('list.blocked') };
  // The open conversation shows its draft in its composer already.
  if (draft.trim() && !current) return { kind: 'draft', text: oneLine(draft) };
  if (!last) return { kind: 'said', text: say('list.nothing-yet') };
  const author = kind === 'group' && !last.mine ? last.author.username : null;
  return { kind: 'message', text: oneLine(last.text), mine: last.mine, author, mark: last.mark };
}

const PREVIEW_LENGTH = 160;

function oneLine(text: string): string {
  return text.slice(0, PREVIEW_LENGTH).replaceAll(/```|`/g, '').replaceAll(/\s+/g, ' ').trim();
}
