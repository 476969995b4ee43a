import type { ConversationSummary } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import type { NotificationState } from '../platform/notifier.js';
import type { Theme } from '../platform/page.js';
import type { AppViewModel } from './app.js';
import type { AvatarLook } from './avatar.js';
import { avatarOf } from './avatar.js';
import { ErasureViewModel } from './erasure.js';
import { FormViewModel } from './form.js';
import { RemovalViewModel } from './removal.js';

export interface BlockedPerson {
  readonly conversation: ConversationId;
  readonly name: string;
  readonly avatar: AvatarLook;
}

/** Settings of the person and of this browser. */
export class SettingsViewModel extends FormViewModel {
  /** Removing this browser. */
  readonly removal: RemovalViewModel;
  /** Deleting the account. */
  readonly erasure: ErasureViewModel;
  readonly #app: AppViewModel;
  #storageKept: boolean | null = null;
  #deviceCount: number | null = null;
  #blocked: readonly BlockedPerson[] = [];

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    this.removal = new RemovalViewModel(app);
    this.track(() => this.removal.dispose());
    this.track(this.removal.onChange(() => this.changed()));
    this.erasure = new ErasureViewModel(app);
    this.track(() => this.erasure.dispose());
    this.track(this.erasure.onChange(() => this.changed()));
    const { engine, platform } = app.dependencies;
    this.track(app.onChange(() => this.changed()));
    this.track(engine.watch('conversations', null, (list) => this.#conversationsCame(list)));
    this.track(
      engine.watch('devices', null, ({ devices }) => {
        this.#deviceCount = devices.length;
        this.changed();
      }),
    );
    void platform.storage.persisted().then((kept) => this.#storageIs(kept));
  }

  get username(): string {
    const { session } = this.#app;
    return session.state === 'signed-in' ? session.username : '';
  }

  get email(): string {
    const { session } = this.#app;
    return session.state === 'signed-in' ? session.email : '';
  }

  get avatar(): AvatarLook | null {
    const { session } = this.#app;
    return session.state === 'signed-in' ? avatarOf(session) : null;
  }

  /** Null until the engine said. */
  get deviceCount(): number | null {
    return this.#deviceCount;
  }

  get theme(): Theme {
    return this.#platform.preferences.theme;
  }

  get notificationState(): NotificationState {
    return this.#platform.notifier.state;
  }

  get notificationsOn(): boolean {
    return this.#platform.preferences.notifications && this.notificationState === 'granted';
  }

  /** Null until the browser said. */
  get storageKept(): boolean | null {
    return this.#storageKept;
  }

  get blocked(): readonly BlockedPerson[] {
    return this.#blocked;
  }

  chooseTheme(theme: Theme): void {
    this.#platform.preferences.theme = theme;
    this.#platform.page.setTheme(theme);
    this.changed();
  }

  /** Switches notifications; the first time on, the browser asks the person. */
  async switchNotifications(on: boolean): Promise<void> {
    const { preferences, notifier } = this.#platform;
    preferences.notifications = on && (await notifier.ask()) === 'granted';
    this.changed();
  }

  async askForStorage(): Promise<void> {
    this.#storageIs(await this.#platform.storage.ask());
  }

  unblock(conversation: ConversationId): Promise<boolean> {
    return this.run(() => this.#app.dependencies.engine.calls.unblock({ conversation }));
  }

  signOut(): Promise<boolean> {
    return this.run(() => this.#app.dependencies.engine.calls.signOut());
  }

  close(): void {
    this.#app.closeMain();
  }

  get #platform() {
    return this.#app.dependencies.platform;
  }

  #storageIs(kept: boolean): void {
    this.#storageKept = kept;
    this.changed();
  }

  #conversationsCame(conversations: readonly ConversationSummary[]): void {
    this.#blocked = conversations
      .filter(({ standing }) => standing === 'blocked')
      .flatMap(({ id, name, peer }) => (peer ? [{ conversation: id, name, avatar: avatarOf(peer) }] : []));
    this.changed();
  }
}
