import type { ConversationStanding, TimelineSnapshot } from '@sotto/client';
import type { AccountId, ConversationId, EventId } from '@sotto/protocol';
import { routePath } from '../platform/routes.js';
import { errorWords } from '../words/error-words.js';
import { say } from '../words/say.js';
import { ComposerViewModel } from './composer.js';
import { ConversationBarViewModel } from './conversation-bar.js';
import type { Dependencies } from './dependencies.js';
import type { TranscriptRow } from './transcript-rows.js';
import { TranscriptRows } from './transcript-rows.js';
import { ViewModel } from './view-model.js';

/** A conversation of this device shows itself sooner than this. */
const MISSING_AFTER = 2_000;

/** What stands at the foot of the conversation. */
export type Foot = 'composer' | 'request' | 'declined' | 'blocked' | 'held' | 'not-member';

/** Somebody's changed account key, and what waits for it to be looked at. */
export interface Held {
  readonly title: string;
  /** Where safety numbers are compared. */
  readonly comparePath: string;
}

/** One open conversation: its transcript, and what can be done in it. */
export class ConversationViewModel extends ViewModel {
  readonly id: ConversationId;
  readonly composer: ComposerViewModel;
  readonly bar: ConversationBarViewModel;
  readonly #me: AccountId | null;
  readonly #dependencies: Dependencies;
  readonly #rows: TranscriptRows;
  #snapshot: TimelineSnapshot | null = null;
  #built: readonly TranscriptRow[] = [];
  #unreadLine: { readonly from: EventId; readonly count: number } | null = null;
  #overdue = false;
  #loadingOlder = false;
  #answering = false;
  #problem: string | null = null;
  /** Newest event that the person has seen on screen, and how far we said so. */
  #seen: EventId | null = null;
  #told: EventId | null = null;

  /** @param me whose eyes it is read with */
  constructor(dependencies: Dependencies, id: ConversationId, me: AccountId | null = null) {
    super();
    this.id = id;
    this.#me = me;
    this.#dependencies = dependencies;
    const { clock, format, page } = dependencies.platform;
    this.#rows = new TranscriptRows(format, me);
    this.composer = new ComposerViewModel(dependencies, id);
    this.track(() => this.composer.dispose());
    this.bar = new ConversationBarViewModel(dependencies, id, me);
    this.bar.onChange(() => this.changed());
    this.track(() => this.bar.dispose());
    this.track(dependencies.engine.watch('timeline', id, (snapshot) => this.#snapshotCame(snapshot)));
    this.track(page.watch(() => this.#tellSeen()));
    this.track(
      clock.after(MISSING_AFTER, () => {
        this.#overdue = true;
        this.changed();
      }),
    );
    let cancel = () => {};
    const turnDay = () => {
      cancel = clock.after(format.untilMidnight(clock.now()) + 1_000, () => {
        this.#build();
        turnDay();
      });
    };
    turnDay();
    this.track(() => cancel());
  }

  get loaded(): boolean {
    return this.#snapshot !== null;
  }

  /** Nothing came: it is not on this device. */
  get missing(): boolean {
    return this.#overdue && !this.loaded;
  }

  get rows(): readonly TranscriptRow[] {
    return this.#built;
  }

  get peerName(): string | null {
    return this.#snapshot?.name ?? null;
  }

  get standing(): ConversationStanding | null {
    return this.#snapshot?.standing ?? null;
  }

  get foot(): Foot {
    if (!this.#snapshot) return 'composer';
    const { standing, member, held, gone } = this.#snapshot;
    if (!member || gone) return 'not-member';
    if (held && standing !== 'blocked') return 'held';
    return standing === 'request' || standing === 'declined' || standing === 'blocked'
      ? standing
      : 'composer';
  }

  get group(): boolean {
    return this.#snapshot?.kind === 'group';
  }

  /** The other person; in a group who brought us into it. */
  get brought(): string {
    return this.#snapshot?.peer?.username ?? '';
  }

  /** Whose changed account key holds back what is sent. */
  get held(): Held | null {
    const held = this.#snapshot?.held;
    if (!held) return null;
    const { clock, format } = this.#dependencies.platform;
    const { person, since } = held;
    const values = { name: person.username, time: format.time(since), date: format.date(since, clock.now()) };
    const today = format.daysAgo(since, clock.now()) <= 0;
    return {
      title: say(today ? 'held.title-today' : 'held.title', values),
      comparePath: routePath({ name: 'verify', id: this.id, account: person.account }),
    };
  }

  /** Why there is no composer in a group that we are not in. */
  get farewell(): string {
    if (this.#snapshot?.gone) return say('conversation.gone', { name: this.brought });
    const gone = this.#snapshot?.items.findLast(
      (item) =>
        item.kind === 'change' &&
        ((item.change.type === 'left' && item.by?.account === this.#me) ||
          (item.change.type === 'removed' && item.change.people.some(({ account }) => account === this.#me))),
    );
    if (gone?.kind !== 'change') return say('conversation.not-a-member');
    if (gone.change.type === 'left') return say('conversation.you-left');
    return gone.by
      ? say('conversation.removed-you', { name: gone.by.username })
      : say('conversation.not-a-member');
  }

  get hasOlder(): boolean {
    return this.#snapshot?.hasOlder ?? false;
  }

  get loadingOlder(): boolean {
    return this.#loadingOlder;
  }

  /** Messages below that were not seen yet. */
  get unread(): number {
    return this.#snapshot?.unread ?? 0;
  }

  get wide(): boolean {
    return this.#dependencies.platform.page.wide;
  }

  get coarse(): boolean {
    return this.#dependencies.platform.page.coarse;
  }

  get twelveHours(): boolean {
    return this.#dependencies.platform.format.twelveHours;
  }

  /** An answer to the request is under way. */
  get answering(): boolean {
    return this.#answering;
  }

  /** What did not work, in words. */
  get problem(): string | null {
    return this.#problem;
  }

  async loadOlder(): Promise<void> {
    if (this.#loadingOlder || !this.hasOlder) return;
    this.#loadingOlder = true;
    this.changed();
    try {
      await this.#dependencies.engine.calls.loadOlder({ conversation: this.id });
    } catch {
      // Not reachable now: scrolling up again asks again, and the banner says why.
    } finally {
      this.#loadingOlder = false;
      this.changed();
    }
  }

  /** Everything up to this event was on screen. */
  see(event: EventId): void {
    if (this.#place(event) > this.#place(this.#seen)) this.#seen = event;
    this.#tellSeen();
  }

  retry(event: EventId): Promise<void> {
    return this.#try(() => this.#dependencies.engine.calls.retry({ conversation: this.id, event }));
  }

  discard(event: EventId): Promise<void> {
    return this.#try(() => this.#dependencies.engine.calls.discard({ conversation: this.id, event }));
  }

  async answer(answer: 'accept' | 'decline' | 'block'): Promise<void> {
    const conversation = this.id;
    await this.#try(() => this.#dependencies.engine.calls.answerRequest({ conversation, answer }));
    if (!this.#problem && answer !== 'accept') this.#dependencies.platform.router.back({ name: 'list' });
  }

  unblock(): Promise<void> {
    return this.#try(() => this.#dependencies.engine.calls.unblock({ conversation: this.id }));
  }

  /** Goes on with a changed account key: what waits goes out. */
  goOn(): Promise<void> {
    const { held } = this.#snapshot ?? {};
    return this.#try(async () => {
      if (held)
        await this.#dependencies.engine.calls.acceptIdentity({
          account: held.person.account,
          since: held.since,
        });
    });
  }

  async #try(action: () => Promise<void>): Promise<void> {
    if (this.#answering) return;
    this.#answering = true;
    this.#problem = null;
    this.changed();
    try {
      await action();
    } catch (error) {
      this.#problem = this.foot === 'composer' ? errorWords(error) : say('request.failed');
    } finally {
      this.#answering = false;
      this.changed();
    }
  }

  #snapshotCame(snapshot: TimelineSnapshot): void {
    const first = this.#snapshot === null;
    this.#snapshot = snapshot;
    // The line keeps the count it had on opening and stays until the conversation is left.
    if (first && snapshot.unreadFrom) {
      this.#unreadLine = { from: snapshot.unreadFrom, count: Math.max(1, snapshot.unread) };
    }
    this.composer.restore(snapshot.draft);
    this.#build();
    this.#tellSeen();
  }

  #place(event: EventId | null): number {
    return this.#snapshot?.items.findIndex(({ id }) => id === event) ?? -1;
  }

  #build(): void {
    if (!this.#snapshot) return;
    const { clock } = this.#dependencies.platform;
    this.#built = this.#rows.build(this.#snapshot, this.#unreadLine, clock.now());
    this.changed();
  }

  /** Says what was read, once somebody is in front of the screen; a stranger learns nothing before they are accepted. */
  #tellSeen(): void {
    const { platform, engine } = this.#dependencies;
    const event = this.#seen;
    if (!event || event === this.#told || !platform.page.attended || this.unread === 0) return;
    if (this.foot !== 'composer') return;
    this.#told = event;
    engine.calls.markRead({ conversation: this.id, event }).catch(() => {
      if (this.#told === event) this.#told = null;
    });
  }
}
