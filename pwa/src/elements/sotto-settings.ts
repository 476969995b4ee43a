import type { CSSResultGroup, PropertyValues, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Theme } from '../platform/page.js';
import { bars, base, controls } from '../styles/base.js';
import { dialogStyles } from '../styles/dialog.js';
import { listStyles } from '../styles/list.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import { SettingsViewModel } from '../view-models/settings.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { avatar, avatarStyles } from './templates/avatar.js';
import { openDialogs } from './templates/dialog.js';
import { erasureQuestion } from './templates/erasure-question.js';
import { formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { paneBar } from './templates/pane-bar.js';
import { checkboxStyles } from './templates/people-picker.js';
import { removalQuestion, removalStyles } from './templates/removal-question.js';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** Settings of the person and of this browser, on one page. */
export class SottoSettings extends ScreenElement<SettingsViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    listStyles,
    dialogStyles,
    avatarStyles,
    checkboxStyles,
    removalStyles,
    css`
      .who {
        display: flex;
        align-items: center;
        gap: var(--s-5);
        margin-block-end: var(--s-6);
      }
      .who .name {
        font-size: var(--t-head);
        line-height: var(--lh-head);
        font-weight: var(--w-title);
        letter-spacing: -0.015em;
        min-inline-size: 0;
      }
      .choices {
        display: inline-flex;
        border: 1px solid var(--control);
        border-radius: var(--r-2);
        flex: none;
      }
      .choices label {
        position: relative;
        display: grid;
        place-items: center;
        min-block-size: calc(var(--control-h) - 2px);
        padding-inline: var(--s-3);
        color: var(--ink-2);
        cursor: pointer;
      }
      .choices label + label {
        border-inline-start: 1px solid var(--line);
      }
      .choices label:first-child {
        border-start-start-radius: 7px;
        border-end-start-radius: 7px;
      }
      .choices label:last-child {
        border-start-end-radius: 7px;
        border-end-end-radius: 7px;
      }
      .choices label:hover {
        background: var(--hover);
      }
      .choices label:has(:checked) {
        background: var(--selected);
        color: var(--ink);
        font-weight: var(--w-strong);
      }
      .choices label:has(:focus-visible) {
        outline: var(--focus-ring);
        outline-offset: var(--focus-gap);
        z-index: 1;
      }
      .choices input {
        position: absolute;
        inset: -1px;
        margin: 0;
        inline-size: auto;
        block-size: auto;
        appearance: none;
        opacity: 0;
        cursor: inherit;
      }
      @media (forced-colors: active) {
        .choices label:has(:checked) {
          outline: 2px solid Highlight;
          outline-offset: -3px;
        }
      }
    `,
  ];

  protected override createModel(app: AppViewModel): SettingsViewModel {
    return new SettingsViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('h1');
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    openDialogs(this.renderRoot);
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`
      ${paneBar(say('settings.title'), () => model.close())}
      <div class="scroll" data-test="settings-page">
        <div class="page">
          <div class="who">
            ${model.avatar ? avatar(model.avatar, 'l') : nothing}
            <p class="name cut"><bdi class="el">${model.username}</bdi></p>
          </div>
          <div class="list">${this.#said(say('settings.email'), model.email, say('settings.email-help'))}</div>
          ${this.#section(say('settings.account'), this.#account())}
          ${this.#section(say('settings.notifications'), this.#notifications())}
          ${this.#section(say('settings.appearance'), this.#themes())}
          ${model.blocked.length > 0 ? this.#section(say('settings.blocked'), this.#blocked()) : nothing}
          ${this.#section(say('settings.device'), this.#device())} ${formProblem(model.problem ?? (model.removal.asked ? null : model.removal.problem))}
        </div>
      </div>
      ${removalQuestion(model.removal, () => void this.focusPart('#password'))}
      ${erasureQuestion(model.erasure, (name) => void this.focusPart(`#${name}`))}
    `;
  }

  #section(title: string, items: TemplateResult): TemplateResult {
    return html`<h2>${title}</h2>
      <div class="list">${items}</div>`;
  }

  #said(title: string, value: string, help: string): TemplateResult {
    return html`<div class="item stacks">
      <div class="text">
        <p>${title}</p>
        <p class="help"><bdi>${value}</bdi></p>
      </div>
      <p class="help">${help}</p>
    </div>`;
  }

  #account(): TemplateResult {
    const { deviceCount } = this.model;
    const count = deviceCount === null ? '' : say('settings.devices-count', { count: deviceCount });
    return html`
      ${this.#link('/settings/devices', 'devices-link', say('settings.devices-title'), count)}
      ${this.#link('/settings/password', 'password-link', say('settings.password-title'), say('settings.password-help'))}
      ${this.#link('/settings/recovery-key', 'recovery-link', say('settings.recovery-title'), say('settings.recovery-help'))}
      ${this.#link('/settings/renew', 'renew-link', say('renew.title'), say('settings.renew-help'))}
    `;
  }

  #link(path: string, hook: string, title: string, help: string): TemplateResult {
    return html`<a class="item" href=${path} data-test=${hook}>
      <div class="text">
        <p>${title}</p>
        <p class="help">${help}</p>
      </div>
      ${icon('chev', 's')}
    </a>`;
  }

  #notifications(): TemplateResult {
    const { model } = this;
    const state = model.notificationState;
    const blocked = state === 'denied' || state === 'unsupported';
    const help = blocked ? say(`settings.notify-${state}`) : say('settings.notify-help');
    return html`<div class="item">
      <div class="text">
        <p id="notify">${say('settings.notify')}</p>
        <p class="help" id="notify-help">${help}</p>
      </div>
      <button
        class="switch"
        role="switch"
        aria-checked=${model.notificationsOn ? 'true' : 'false'}
        aria-disabled=${blocked ? 'true' : 'false'}
        aria-labelledby="notify"
        aria-describedby="notify-help"
        data-test="notifications"
        @click=${() => !blocked && model.switchNotifications(!model.notificationsOn)}
      ></button>
    </div>`;
  }

  #themes(): TemplateResult {
    const { model } = this;
    return html`<div class="item stacks">
      <div class="text"><p id="theme">${say('settings.theme')}</p></div>
      <div class="choices" role="radiogroup" aria-labelledby="theme">
        ${THEMES.map(
          (theme) => html`<label
            ><input
              type="radio"
              name="theme"
              data-test="theme-${theme}"
              .checked=${model.theme === theme}
              @change=${() => model.chooseTheme(theme)}
            />${say(`settings.theme-${theme}`)}</label
          >`,
        )}
      </div>
    </div>`;
  }

  #blocked(): TemplateResult {
    return html`${repeat(
      this.model.blocked,
      (person) => person.conversation,
      (person) => html`<div class="item">
        ${avatar(person.avatar)}
        <p class="text cut"><bdi class="el">${person.name}</bdi></p>
        <button class="btn" data-test="unblock" @click=${() => this.model.unblock(person.conversation)}>
          ${say('blocked.unblock')}
        </button>
      </div>`,
    )}`;
  }

  #device(): TemplateResult {
    const { model } = this;
    const kept = model.storageKept;
    return html`
      ${
        kept === null
          ? nothing
          : html`<div class="item stacks">
              <div class="text">
                <p>${say('settings.storage')}</p>
                <p class="help">${say(kept ? 'settings.storage-kept' : 'settings.storage-at-risk')}</p>
              </div>
              ${
                kept
                  ? nothing
                  : html`<button class="btn" @click=${() => model.askForStorage()}>${say('settings.storage-ask')}</button>`
              }
            </div>`
      }
      ${this.#action('sign-out', 'btn', () => model.signOut())}
      ${this.#action('remove', 'btn danger', () => model.removal.ask())}
      ${this.#action('erase', 'btn danger', () => model.erasure.ask())}
    `;
  }

  #action(name: 'sign-out' | 'remove' | 'erase', classes: string, act: () => void): TemplateResult {
    return html`<div class="item stacks">
      <div class="text">
        <p>${say(`settings.${name}-title`)}</p>
        <p class="help">${say(`settings.${name}-help`)}</p>
      </div>
      <button class=${classes} data-test=${name} @click=${act}>${say(`settings.${name}`)}</button>
    </div>`;
  }
}

customElements.define('sotto-settings', SottoSettings);
