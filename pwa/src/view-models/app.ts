import type { SessionSnapshot } from '@sotto/client';
import type { AccountId, ConversationId } from '@sotto/protocol';
import type { Route } from '../platform/routes.js';
import { conversationOf, parentOf, parseRoute, routePath } from '../platform/routes.js';
import { say } from '../words/say.js';
import { BannerViewModel } from './banner.js';
import { ConversationViewModel } from './conversation.js';
import { ConversationListViewModel } from './conversation-list.js';
import type { Dependencies } from './dependencies.js';
import { ViewModel } from './view-model.js';

/** Pages in the main pane that are loaded when they are shown. */
export type PageName =
  | 'new'
  | 'new-group'
  | 'settings'
  | 'devices'
  | 'link-device'
  | 'link-anew'
  | 'password'
  | 'new-recovery-key'
  | 'renew'
  | 'details'
  | 'add-people'
  | 'verify';

/** What stands beside the list, or in its place where there is room for one pane only. */
export type MainPane = 'empty' | 'conversation' | 'not-found' | PageName;

/** Pages without panes. */
export type SheetName =
  | 'sign-in'
  | 'sign-up'
  | 'welcome'
  | 'recovery-key'
  | 'link'
  | 'forgotten'
  | 'reset'
  | 'erased'
  | 'locked-vault';

export type Screen =
  | { readonly kind: 'starting'; readonly slow: boolean }
  | { readonly kind: SheetName }
  /** `details`: a third pane beside the conversation. */
  | { readonly kind: 'chat'; readonly main: MainPane; readonly details: boolean };

/** Somebody whose password is right and does not open their vault. Kept in memory only, until the vault is open. */
export interface LockedVault {
  readonly login: string;
  readonly password: string;
}

/** Where somebody who is signed out may be. */
const OUTSIDE: readonly Route['name'][] = [
  'sign-in',
  'sign-up',
  'welcome',
  'link',
  'forgotten',
  'reset',
  'erased',
];
/** Of those, where signing in leads away from. */
const ENTRANCES: readonly Route['name'][] = ['sign-in', 'sign-up', 'link', 'forgotten'];

const SHEET_TITLES = {
  'sign-in': 'sign-in.title',
  'sign-up': 'sign-up.title',
  welcome: 'welcome.title',
  'recovery-key': 'recovery.key',
  link: 'link.title',
  forgotten: 'forgotten.title',
  reset: 'reset.title',
  erased: 'settings.erase-title',
  'locked-vault': 'locked.title',
} as const;

const PAGE_TITLES = {
  new: 'new.title',
  'new-group': 'group.new',
  settings: 'settings.title',
  devices: 'devices.title',
  'link-device': 'link-device.title',
  'link-anew': 'link-anew.title',
  password: 'password.title',
  'new-recovery-key': 'new-recovery-key.title',
  renew: 'renew.title',
  details: 'details.title',
  'add-people': 'add-people.title',
  verify: 'verify.title',
} as const;

/** Opening what is stored takes longer than this: say so. */
const SLOW_START = 10_000;

/** The whole page: who is signed in, where they are, and what is therefore on screen. */
export class AppViewModel extends ViewModel {
  readonly dependencies: Dependencies;
  readonly banner: BannerViewModel;
  #session: SessionSnapshot = { state: 'starting' };
  #slow = false;
  #list: ConversationListViewModel | null = null;
  #conversation: ConversationViewModel | null = null;
  /** The recovery key of an account made in this tab, until the person says that they kept it. */
  #recoveryKey: string | null = null;
  /** The welcome page makes an account: the session begins under its feet, and it stays. */
  #making = false;
  #locked: LockedVault | null = null;
  /** What one page has to say on the next. */
  #news: string | null = null;

  constructor(dependencies: Dependencies) {
    super();
    this.dependencies = dependencies;
    const { engine, platform } = dependencies;
    this.banner = new BannerViewModel(dependencies);
    platform.page.setTheme(platform.preferences.theme);
    this.track(() => this.banner.dispose());
    this.track(() => this.#leaveChat());
    this.track(engine.watch('session', null, (session) => this.#sessionCame(session)));
    this.track(platform.router.watch(() => this.#settle()));
    this.track(
      platform.page.watch(() => {
        this.#paneChanged();
        this.changed();
      }),
    );
    this.track(
      platform.clock.after(SLOW_START, () => {
        this.#slow = true;
        this.changed();
      }),
    );
    this.#settle();
  }

  get session(): SessionSnapshot {
    return this.#session;
  }

  get route(): Route {
    return this.dependencies.platform.router.route;
  }

  /** The address of where they are, fragment included. */
  get path(): string {
    return routePath(this.route);
  }

  get wide(): boolean {
    return this.dependencies.platform.page.wide;
  }

  /** The list, while signed in. */
  get list(): ConversationListViewModel | null {
    return this.#list;
  }

  /** The open conversation, if one is. */
  get conversation(): ConversationViewModel | null {
    return this.#conversation;
  }

  /** The account whose vault waits for its recovery key. */
  get locked(): LockedVault | null {
    return this.#locked;
  }

  get recoveryKey(): string | null {
    return this.#recoveryKey;
  }

  get screen(): Screen {
    const { name } = this.route;
    const { state } = this.#session;
    if (name === 'welcome' || name === 'sign-up' || name === 'reset' || name === 'erased')
      return { kind: name };
    if (state === 'starting') return { kind: 'starting', slow: this.#slow };
    if (state === 'signed-out') return { kind: this.#outside(name) };
    if (name === 'recovery-key') return { kind: 'recovery-key' };
    const main = this.#main(name);
    // Where there is room for three, details stand beside what they are of.
    const details = main === 'details' && this.dependencies.platform.page.roomy;
    return { kind: 'chat', main: details ? 'conversation' : main, details };
  }

  #outside(name: Route['name']): SheetName {
    if (this.#locked) return 'locked-vault';
    return name === 'link' || name === 'forgotten' ? name : 'sign-in';
  }

  #main(name: Route['name']): MainPane {
    if (this.#conversation?.missing && !this.#list?.mayHave(this.#conversation.id)) return 'not-found';
    if (name === 'list' || ENTRANCES.includes(name)) return 'empty';
    return name as MainPane;
  }

  /** The welcome page is about to make an account, or gave up. */
  makingAccount(making: boolean): void {
    this.#making = making;
  }

  /** The password is right and does not open the vault: only the recovery key does. Null: somebody else signs in. */
  vaultLocked(locked: LockedVault | null): void {
    this.#locked = locked;
    this.changed();
  }

  /** Something was done, and the page that comes next says so. */
  tellNews(words: string): void {
    this.#news = words;
  }

  /** What the page before this one has done, once. */
  takeNews(): string | null {
    const news = this.#news;
    this.#news = null;
    return news;
  }

  /** A recovery key was made: shows it, once. */
  showRecoveryKey(recoveryKey: string): void {
    this.#recoveryKey = recoveryKey;
    this.#making = false;
    this.go({ name: 'recovery-key' }, true);
  }

  /** The recovery key was kept, or comes later. @param kept false keeps it in this tab until it closes */
  leaveRecoveryKey(kept: boolean): void {
    if (kept) this.#recoveryKey = null;
    this.#list?.setRecoveryPending(this.#recoveryKey !== null);
    this.go({ name: 'list' }, true);
  }

  open(conversation: ConversationId, replace = false): void {
    this.go({ name: 'conversation', id: conversation }, replace);
  }

  /** Leaves what is in the main pane for where it was opened from. */
  closeMain(): void {
    this.dependencies.platform.router.back(parentOf(this.route));
  }

  go(route: Route, replace = false): void {
    this.dependencies.platform.router.go(route, { replace });
  }

  #sessionCame(session: SessionSnapshot): void {
    const before = this.#session;
    this.#session = session;
    if (session.state === 'signed-in') this.#enterChat(session);
    else this.#leaveChat();
    if (session.state === 'signed-in') this.#locked = null;
    if (before.state === 'signed-in' && session.state === 'signed-out' && !session.ended) {
      // Left on purpose: nothing to come back to, nothing to keep.
      this.#recoveryKey = null;
      this.go({ name: 'sign-in' }, true);
    }
    this.#settle();
  }

  #enterChat(session: SessionSnapshot & { state: 'signed-in' }): void {
    this.dependencies.platform.updates.keep();
    if (!this.#list) {
      this.#list = new ConversationListViewModel(this.dependencies, session);
      this.#list.setRecoveryPending(this.#recoveryKey !== null);
      // The title and the route's name depend on what is in the list.
      this.#list.onChange(() => this.#titlePage());
    }
  }

  #leaveChat(): void {
    this.#list?.dispose();
    this.#list = null;
    this.#conversation?.dispose();
    this.#conversation = null;
  }

  /** Brings address, open conversation and title in line with the session and the route. */
  #settle(): void {
    const { router } = this.dependencies.platform;
    const { route } = this;
    const { state } = this.#session;
    if (state === 'signed-out' && !OUTSIDE.includes(route.name)) {
      const path = routePath(route);
      router.go({ name: 'sign-in' }, path === '/' ? { replace: true } : { replace: true, returnTo: path });
      return;
    }
    if (state === 'signed-in' && ENTRANCES.includes(route.name) && !this.#making) {
      router.go(parseRoute(router.returnTo ?? '/'), { replace: true });
      return;
    }
    this.#openConversation(state === 'signed-in' ? conversationOf(route) : null);
    this.#paneChanged();
    this.#titlePage();
    this.changed();
  }

  #paneChanged(): void {
    const { screen } = this;
    this.#list?.setCurrent(this.#conversation?.id ?? null, screen.kind === 'chat' && screen.details);
  }

  get #me(): AccountId | null {
    return this.#session.state === 'signed-in' ? this.#session.account : null;
  }

  #openConversation(id: ConversationId | null): void {
    if (this.#conversation?.id === id) return;
    this.#conversation?.dispose();
    this.#conversation = id ? new ConversationViewModel(this.dependencies, id, this.#me) : null;
    this.#conversation?.onChange(() => this.#conversationChanged());
  }

  #conversationChanged(): void {
    this.#titlePage();
    if (this.#conversation?.missing) this.changed();
  }

  #titlePage(): void {
    const page = this.#pageName();
    const unread = this.#list?.unread ?? 0;
    const name = page ? say('title.page', { page }) : say('app.name');
    const full = unread > 0 ? say('title.unread', { count: unread, page: name }) : name;
    this.dependencies.platform.page.setTitle(full);
  }

  #pageName(): string | null {
    const { screen } = this;
    if (screen.kind === 'starting') return null;
    if (screen.kind !== 'chat') return say(SHEET_TITLES[screen.kind]);
    const name = this.#conversation?.peerName ?? null;
    const { main } = screen;
    if (main === 'conversation' || main === 'empty' || main === 'not-found') return name;
    return say(PAGE_TITLES[main]);
  }
}
