import type { ConnectionSnapshot, DevicesSnapshot } from '@sotto/client';
import { say } from '../words/say.js';
import type { Dependencies } from './dependencies.js';
import { ViewModel } from './view-model.js';

export type BannerKind = 'stale' | 'outdated' | 'offline' | 'new-device' | 'back' | 'update';

export interface Banner {
  readonly kind: BannerKind;
  readonly text: string;
  /** What its button says. */
  readonly action: string | null;
}

const SHOW_OFFLINE_AFTER = 3_000;
const SHOW_BACK_FOR = 3_000;
/** Messages that still have not gone out this long after coming back are the transcript's matter. */
const WAIT_FOR_QUEUE = 20_000;

/** The one banner: what is worst, and only where it matters to the person. */
export class BannerViewModel extends ViewModel {
  readonly #dependencies: Dependencies;
  #connection: ConnectionSnapshot | null = null;
  #newDevices: DevicesSnapshot['devices'] = [];
  /** When we were last seen to leave `online`; tries to connect in between do not count anew. */
  #downSince: number | null = null;
  /** The offline banner was or is on screen; what happens next is worth a word. */
  #offlineShown = false;
  /** Most messages that waited at once since we went offline. */
  #waited = 0;
  #back: { readonly sent: number } | null = null;
  #atRisk = false;
  #cancel: () => void = () => undefined;

  constructor(dependencies: Dependencies) {
    super();
    this.#dependencies = dependencies;
    this.track(dependencies.engine.watch('connection', null, (snapshot) => this.#connectionCame(snapshot)));
    this.track(
      dependencies.engine.watch('devices', null, ({ devices }) => {
        this.#newDevices = devices.filter(({ isNew }) => isNew);
        this.changed();
      }),
    );
    this.track(dependencies.platform.updates.watch(() => this.changed()));
    this.track(() => this.#cancel());
  }

  get banner(): Banner | null {
    // Widened: not every version of the service says it.
    const error: string | null = this.#connection?.error ?? null;
    if (error === 'sync/lease-stale') {
      return { kind: 'stale', text: say('banner.stale'), action: say('banner.link-anew') };
    }
    if (error === 'sync/version') {
      return { kind: 'outdated', text: say('banner.outdated'), action: say('banner.reload') };
    }
    if (this.#offlineShown && this.#connection?.state !== 'online') {
      const risky = this.#atRisk && this.#waiting > 0;
      return {
        kind: 'offline',
        text: say(risky ? 'banner.offline-at-risk' : 'banner.offline'),
        action: say('banner.retry'),
      };
    }
    const [first, ...more] = this.#newDevices;
    if (first) {
      const text =
        more.length > 0
          ? say('banner.new-devices', { count: more.length + 1 })
          : say('banner.new-device', { name: first.name });
      return { kind: 'new-device', text, action: say('banner.look') };
    }
    if (this.#back) {
      const { sent } = this.#back;
      const text = sent > 0 ? say('banner.back-sent', { count: sent }) : say('banner.back');
      return { kind: 'back', text, action: null };
    }
    if (this.#dependencies.platform.updates.ready) {
      return { kind: 'update', text: say('banner.update'), action: say('banner.reload') };
    }
    return null;
  }

  /** The banner's button. */
  act(): void {
    const { engine, platform } = this.#dependencies;
    const kind = this.banner?.kind;
    if (kind === 'update') platform.updates.apply();
    else if (kind === 'outdated') platform.page.reload();
    else if (kind === 'stale') platform.router.go({ name: 'link-anew' });
    else if (kind === 'new-device') platform.router.go({ name: 'devices' });
    else if (kind === 'offline') engine.calls.reconnect().catch(() => undefined); // Its result comes as a snapshot.
  }

  get #waiting(): number {
    return this.#connection?.queued ?? 0;
  }

  #connectionCame(snapshot: ConnectionSnapshot): void {
    this.#connection = snapshot;
    if (snapshot.state === 'online') this.#online();
    else this.#offline(snapshot.since);
    this.changed();
  }

  #offline(since: number): void {
    if (this.#downSince === null) this.#waited = 0;
    this.#downSince ??= since;
    this.#waited = Math.max(this.#waited, this.#waiting);
    // Gone again right after coming back: begin anew, with the wait.
    if (this.#back) this.#settled();
    if (this.#offlineShown) return;
    const { clock, storage } = this.#dependencies.platform;
    const wait = Math.max(0, SHOW_OFFLINE_AFTER - (clock.now() - this.#downSince));
    this.#schedule(wait, () => {
      this.#offlineShown = true;
      void storage.persisted().then((kept) => {
        this.#atRisk = !kept;
        this.changed();
      });
    });
  }

  #online(): void {
    this.#downSince = null;
    if (!this.#offlineShown || this.#back) {
      if (!this.#back) this.#cancel();
      return;
    }
    if (this.#waiting > 0) {
      this.#schedule(WAIT_FOR_QUEUE, () => this.#settled());
      return;
    }
    this.#back = { sent: this.#waited };
    this.#schedule(SHOW_BACK_FOR, () => this.#settled());
  }

  #settled(): void {
    this.#offlineShown = false;
    this.#back = null;
    this.#waited = 0;
  }

  #schedule(milliseconds: number, run: () => void): void {
    this.#cancel();
    this.#cancel = this.#dependencies.platform.clock.after(milliseconds, () => {
      run();
      this.changed();
    });
  }
}
