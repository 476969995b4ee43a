import type { SessionSnapshot } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import type { Route } from '../platform/routes.js';
import { parseRoute, routePath } from '../platform/routes.js';
import { say } from '../words/say.js';
import { BannerViewModel } from './banner.js';
import { ConversationViewModel } from './conversation.js';
import { ConversationListViewModel } from './conversation-list.js';
import type { Dependencies } from './dependencies.js';
import { ViewModel } from './view-model.js';

/** What stands beside the list, or in its place where there is room for one pane only. */
export type MainPane = 'empty' | 'conversation' | 'new' | 'settings' | 'not-found';

export type Screen =
  | { readonly kind: 'starting'; readonly slow: boolean }
  | { readonly kind: 'sign-in' | 'sign-up' | 'welcome' | 'recovery-key' }
  | { readonly kind: 'chat'; readonly main: MainPane };

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
    this.track(platform.page.watch(() => this.changed()));
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

  get recoveryKey(): string | null {
    return this.#recoveryKey;
  }

  get screen(): Screen {
    const { name } = this.route;
    const { state } = this.#session;
    if (name === 'welcome' || name === 'sign-up') return { kind: name };
    if (state === 'starting') return { kind: 'starting', slow: this.#slow };
    if (state === 'signed-out') return { kind: 'sign-in' };
    if (name === 'recovery-key') return { kind: 'recovery-key' };
    if (this.#conversation?.missing && !this.#list?.mayHave(this.#conversation.id)) {
      return { kind: 'chat', main: 'not-found' };
    }
    return { kind: 'chat', main: name === 'list' || name === 'sign-in' ? 'empty' : name };
  }

  /** The welcome page is about to make an account, or gave up. */
  makingAccount(making: boolean): void {
    this.#making = making;
  }

  /** An account was made: shows its recovery key, once. */
  accountMade(recoveryKey: string): void {
    this.#recoveryKey = recoveryKey;
    this.#making = false;
    this.#go({ name: 'recovery-key' }, true);
  }

  /** The recovery key was kept, or comes later. @param kept false keeps it in this tab until it closes */
  leaveRecoveryKey(kept: boolean): void {
    if (kept) this.#recoveryKey = null;
    this.#list?.setRecoveryPending(this.#recoveryKey !== null);
    this.#go({ name: 'list' }, true);
  }

  open(conversation: ConversationId, replace = false): void {
    this.#go({ name: 'conversation', id: conversation }, replace);
  }

  /** Leaves what is in the main pane for the list. */
  closeMain(): void {
    this.dependencies.platform.router.back({ name: 'list' });
  }

  #go(route: Route, replace = false): void {
    this.dependencies.platform.router.go(route, { replace });
  }

  #sessionCame(session: SessionSnapshot): void {
    const before = this.#session;
    this.#session = session;
    if (session.state === 'signed-in') this.#enterChat(session);
    else this.#leaveChat();
    if (before.state === 'signed-in' && session.state === 'signed-out' && !session.ended) {
      // Left on purpose: nothing to come back to, nothing to keep.
      this.#recoveryKey = null;
      this.#go({ name: 'sign-in' }, true);
    }
    this.#settle();
  }

  #enterChat(session: SessionSnapshot & { state: 'signed-in' }): void {
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
    if (state === 'signed-out' && !['sign-in', 'sign-up', 'welcome'].includes(route.name)) {
      const path = routePath(route);
      router.go({ name: 'sign-in' }, path === '/' ? { replace: true } : { replace: true, returnTo: path });
      return;
    }
    if (state === 'signed-in' && (route.name === 'sign-in' || route.name === 'sign-up') && !this.#making) {
      router.go(parseRoute(router.returnTo ?? '/'), { replace: true });
      return;
    }
    this.#openConversation(state === 'signed-in' && route.name === 'conversation' ? route.id : null);
    this.#list?.setCurrent(this.#conversation?.id ?? null);
    this.#titlePage();
    this.changed();
  }

  #openConversation(id: ConversationId | null): void {
    if (this.#conversation?.id === id) return;
    this.#conversation?.dispose();
    this.#conversation = id ? new ConversationViewModel(this.dependencies, id) : null;
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
    switch (screen.kind) {
      case 'sign-in':
        return say('sign-in.title');
      case 'sign-up':
        return say('sign-up.title');
      case 'welcome':
        return say('welcome.title');
      case 'recovery-key':
        return say('recovery.key');
      case 'starting':
        return null;
      case 'chat':
        if (screen.main === 'settings') return say('settings.title');
        if (screen.main === 'new') return say('new.title');
        return this.#conversation?.peerName ?? null;
    }
  }
}
