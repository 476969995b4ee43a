import type { CSSResultGroup, PropertyValues, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Theme } from '../platform/page.js';
import { bars, base, controls } from '../styles/base.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import { SettingsViewModel } from '../view-models/settings.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { avatar, avatarStyles } from './templates/avatar.js';
import { formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { paneBar } from './templates/pane-bar.js';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** Settings of the person and of this browser, on one page. */
export class SottoSettings extends ScreenElement<SettingsViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    avatarStyles,
    css`
      h2 {
        margin-block: var(--s-8) var(--s-2);
        font-size: var(--t-title);
        line-height: var(--lh-title);
        letter-spacing: -0.005em;
      }
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
      .list {
        border-block-start: var(--edge);
      }
      .item {
        display: flex;
        align-items: center;
        gap: var(--s-3) var(--s-4);
        min-block-size: 64px;
        padding-block: var(--s-3);
        border-block-end: var(--edge);
      }
      .item .text {
        flex: 1;
        min-inline-size: 0;
      }
      .item .help {
        overflow-wrap: anywhere;
      }
      .item .btn {
        flex: none;
      }
      @container (max-width: 440px) {
        .item.stacks {
          flex-wrap: wrap;
        }
        .item.stacks .text {
          flex-basis: 100%;
        }
      }
      .switch {
        position: relative;
        flex: none;
        inline-size: 38px;
        block-size: 22px;
        margin-inline: 3px;
        border: 1.5px solid var(--control);
        border-radius: var(--r-round);
        transition: background var(--m-base);
      }
      .switch::before {
        content: '';
        position: absolute;
        inset: -12px -5px;
      }
      .switch::after {
        content: '';
        position: absolute;
        inset-block-start: 3px;
        inset-inline-start: 3px;
        inline-size: 13px;
        block-size: 13px;
        border-radius: 50%;
        background: var(--control);
        transition: inset-inline-start var(--m-base) var(--ease);
      }
      .switch[aria-checked='true'] {
        background: var(--accent-fill);
        border-color: var(--accent-fill);
      }
      .switch[aria-checked='true']::after {
        inset-inline-start: 19px;
        background: var(--on-accent);
      }
      .switch:focus-visible {
        border-radius: var(--r-round);
      }
      .switch[aria-disabled='true'] {
        border-color: var(--line);
        cursor: default;
      }
      .switch[aria-disabled='true']::after {
        background: var(--ink-off);
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
      dialog {
        inline-size: min(420px, 100% - 2 * var(--s-4));
        padding: var(--s-6);
        border: 0;
        border-radius: var(--r-3);
        background: var(--raised);
        color: var(--ink);
        box-shadow: var(--lift);
      }
      dialog::backdrop {
        background: var(--scrim);
      }
      dialog h2 {
        margin: 0 0 var(--s-3);
        text-wrap: balance;
      }
      dialog p {
        color: var(--ink-2);
        text-wrap: pretty;
      }
      dialog .lost {
        margin-block-start: var(--s-3);
        font-size: var(--t-ui);
        line-height: var(--lh-ui);
      }
      dialog .acts {
        margin-block-start: var(--s-6);
        justify-content: flex-end;
      }
      @media (forced-colors: active) {
        .choices label:has(:checked) {
          outline: 2px solid Highlight;
          outline-offset: -3px;
        }
        .switch[aria-checked='true'] {
          forced-color-adjust: none;
          background: Highlight;
        }
        dialog {
          border: 1px solid CanvasText;
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
    const dialog = this.renderRoot.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
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
          ${this.#section(say('settings.notifications'), this.#notifications())}
          ${this.#section(say('settings.appearance'), this.#themes())}
          ${model.blocked.length > 0 ? this.#section(say('settings.blocked'), this.#blocked()) : nothing}
          ${this.#section(say('settings.device'), this.#device())} ${formProblem(model.problem)}
        </div>
      </div>
      ${model.removal ? this.#dialog(model.removal) : nothing}
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
      ${this.#action('remove', 'btn danger', () => model.askToRemove())}
    `;
  }

  #action(name: 'sign-out' | 'remove', classes: string, act: () => void): TemplateResult {
    return html`<div class="item stacks">
      <div class="text">
        <p>${say(`settings.${name}-title`)}</p>
        <p class="help">${say(`settings.${name}-help`)}</p>
      </div>
      <button class=${classes} data-test=${name} @click=${act}>${say(`settings.${name}`)}</button>
    </div>`;
  }

  #dialog({ goes, lost }: { goes: string; lost: string | null }): TemplateResult {
    const { model } = this;
    return html`<dialog aria-labelledby="remove-title" @close=${() => model.keep()} @keydown=${stopEscape}>
      <h2 id="remove-title">${say('settings.remove-confirm')}</h2>
      <p>${goes}</p>
      ${lost ? html`<p class="err lost">${icon('warn', 's')}<span>${lost}</span></p>` : nothing}
      ${formProblem(model.problem)}
      <div class="acts">
        <button class="btn" autofocus data-test="cancel" @click=${() => model.keep()}>${say('cancel')}</button>
        <button class="btn danger fill" data-test="confirm" @click=${() => model.remove()}>${say('settings.remove')}</button>
      </div>
    </dialog>`;
  }
}

/** Escape closes the dialog, and not the page under it. */
function stopEscape(event: KeyboardEvent): void {
  if (event.key === 'Escape') event.stopPropagation();
}

customElements.define('sotto-settings', SottoSettings);
