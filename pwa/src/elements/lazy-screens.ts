import type { TemplateResult } from 'lit';
import { html } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import type { AppViewModel } from '../view-models/app.js';

interface LazyScreen {
  readonly load: () => Promise<unknown>;
  readonly draw: (app: AppViewModel) => TemplateResult;
}

/** Everything that the chat does not need at once. */
const SCREENS = {
  'sign-in': {
    load: () => import('./sotto-sign-in.js'),
    draw: (app) => html`<sotto-sign-in .app=${app}></sotto-sign-in>`,
  },
  'sign-up': {
    load: () => import('./sotto-sign-up.js'),
    draw: (app) => html`<sotto-sign-up .app=${app}></sotto-sign-up>`,
  },
  welcome: {
    load: () => import('./sotto-welcome.js'),
    // Another link in the same tab only changes the fragment: it is another screen all the same.
    draw: (app) => html`${keyed(app.path, html`<sotto-welcome .app=${app}></sotto-welcome>`)}`,
  },
  link: {
    load: () => import('./sotto-link.js'),
    draw: (app) => html`<sotto-link .app=${app}></sotto-link>`,
  },
  forgotten: {
    load: () => import('./sotto-forgotten.js'),
    draw: (app) => html`<sotto-forgotten .app=${app}></sotto-forgotten>`,
  },
  reset: {
    load: () => import('./sotto-reset.js'),
    draw: (app) => html`${keyed(app.path, html`<sotto-reset .app=${app}></sotto-reset>`)}`,
  },
  erased: {
    load: () => import('./sotto-erased.js'),
    draw: (app) => html`${keyed(app.path, html`<sotto-erased .app=${app}></sotto-erased>`)}`,
  },
  'locked-vault': {
    load: () => import('./sotto-locked-vault.js'),
    draw: (app) => html`<sotto-locked-vault .app=${app}></sotto-locked-vault>`,
  },
  'recovery-key': {
    load: () => import('./sotto-recovery-key.js'),
    draw: (app) => html`<sotto-recovery-key .app=${app}></sotto-recovery-key>`,
  },
  new: {
    load: () => import('./sotto-new-conversation.js'),
    draw: (app) => html`<sotto-new-conversation .app=${app}></sotto-new-conversation>`,
  },
  'new-group': {
    load: () => import('./sotto-new-group.js'),
    draw: (app) => html`<sotto-new-group .app=${app}></sotto-new-group>`,
  },
  settings: {
    load: () => import('./sotto-settings.js'),
    draw: (app) => html`<sotto-settings .app=${app}></sotto-settings>`,
  },
  devices: {
    load: () => import('./sotto-devices.js'),
    draw: (app) => html`<sotto-devices .app=${app}></sotto-devices>`,
  },
  'link-device': {
    load: () => import('./sotto-link-device.js'),
    draw: (app) => html`<sotto-link-device .app=${app}></sotto-link-device>`,
  },
  'link-anew': {
    load: () => import('./sotto-link-anew.js'),
    draw: (app) => html`<sotto-link-anew .app=${app}></sotto-link-anew>`,
  },
  password: {
    load: () => import('./sotto-password.js'),
    draw: (app) => html`<sotto-password .app=${app}></sotto-password>`,
  },
  'new-recovery-key': {
    load: () => import('./sotto-new-recovery-key.js'),
    draw: (app) => html`<sotto-new-recovery-key .app=${app}></sotto-new-recovery-key>`,
  },
  renew: {
    load: () => import('./sotto-renew.js'),
    draw: (app) => html`<sotto-renew .app=${app}></sotto-renew>`,
  },
  details: {
    load: () => import('./sotto-details.js'),
    draw: (app) => html`${keyed(app.conversation?.id, html`<sotto-details .app=${app}></sotto-details>`)}`,
  },
  'add-people': {
    load: () => import('./sotto-add-people.js'),
    draw: (app) => html`${keyed(app.path, html`<sotto-add-people .app=${app}></sotto-add-people>`)}`,
  },
  verify: {
    load: () => import('./sotto-verify.js'),
    draw: (app) => html`${keyed(app.path, html`<sotto-verify .app=${app}></sotto-verify>`)}`,
  },
} satisfies Record<string, LazyScreen>;

export type LazyName = keyof typeof SCREENS;

/** Loads screens when they are first shown. The tag is drawn only once it is defined. */
export class LazyScreens {
  readonly #states = new Map<LazyName, 'loading' | 'ready' | 'failed'>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  render(name: LazyName, app: AppViewModel, failed: (retry: () => void) => TemplateResult): TemplateResult {
    const state = this.#states.get(name);
    if (state === 'ready') return SCREENS[name].draw(app);
    if (state === 'failed') return failed(() => this.#load(name));
    if (!state) this.#load(name);
    return html``;
  }

  #load(name: LazyName): void {
    const become = (state: 'ready' | 'failed') => {
      this.#states.set(name, state);
      this.#changed();
    };
    this.#states.set(name, 'loading');
    SCREENS[name].load().then(
      () => become('ready'),
      () => become('failed'),
    );
  }
}
