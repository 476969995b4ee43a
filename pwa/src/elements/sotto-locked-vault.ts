import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html } from 'lit';
import { live } from 'lit/directives/live.js';
import { base, controls } from '../styles/base.js';
import { sheet } from '../styles/sheet.js';
import type { AppViewModel } from '../view-models/app.js';
import { LockedVaultViewModel } from '../view-models/locked-vault.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { checkboxStyles } from './templates/people-picker.js';
import { submitButton } from './templates/submit-button.js';
import { brand } from './templates/wordmark.js';

/** The password is right and the messages stay locked: the recovery key, another device, or starting over without either. */
export class SottoLockedVault extends ScreenElement<LockedVaultViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    sheet,
    checkboxStyles,
    css`
      .goes {
        display: grid;
        gap: var(--s-2);
        padding-inline-start: var(--s-5);
        list-style: disc;
        color: var(--ink-2);
        text-wrap: pretty;
      }
      .steps {
        list-style: decimal;
      }
      .quiet-button {
        position: relative;
        color: var(--accent);
        font-weight: var(--w-strong);
        text-decoration: underline;
        text-decoration-thickness: 1px;
        text-underline-offset: 3px;
      }
      .quiet-button::after {
        content: '';
        position: absolute;
        inset: -12px -6px;
      }
      textarea {
        resize: none;
      }
      .btn[aria-disabled='true'][aria-busy='false'] {
        border-color: var(--line);
        color: var(--ink-off);
      }
      .others {
        display: flex;
        flex-wrap: wrap;
        gap: var(--s-4) var(--s-6);
      }
    `,
  ];

  #shown = '';

  protected override createModel(app: AppViewModel): LockedVaultViewModel {
    return new LockedVaultViewModel(app);
  }

  protected override updated(): void {
    const shown = this.model.page;
    if (shown === this.#shown) return;
    this.#shown = shown;
    void this.focusPart(shown === 'key' ? '#recovery-key' : 'h1');
  }

  protected override render(): TemplateResult {
    const { page } = this.model;
    if (page === 'device') return this.#device();
    return page === 'over' ? this.#over() : this.#locked();
  }

  #locked(): TemplateResult {
    const { model } = this;
    return html`<div class="sheet" data-test="locked-vault">
      ${brand()}
      <div class="head">
        <h1>${say('locked.title')}</h1>
        <p>${say('locked.text')}</p>
      </div>
      <form @submit=${this.#recover} novalidate>
        ${this.#key()}
        ${formProblem(model.problem)} ${submitButton(say('locked.submit'), model.busy ? say('locked.working') : null)}
      </form>
      <p class="others">
        <button class="quiet-button" data-test="use-device" @click=${() => model.show('device')}>
          ${say('locked.device')}
        </button>
        <button class="quiet-button" data-test="no-key" @click=${() => model.show('over')}>
          ${say('locked.no-key')}
        </button>
        <button class="quiet-button" data-test="sign-in-other" @click=${() => model.leave()}>${say('locked.other')}</button>
      </p>
    </div>`;
  }

  /** Three lines of it: four groups to a line, as it was shown. */
  #key(): TemplateResult {
    const { model } = this;
    const { keyProblem } = model;
    return html`<div class="fld">
      <label for="recovery-key">${say('locked.key')}</label>
      <textarea
        class="inp mono"
        id="recovery-key"
        data-test="recovery-key"
        dir="ltr"
        rows="3"
        .value=${live(model.key)}
        autocomplete="off"
        autocapitalize="characters"
        autocorrect="off"
        spellcheck="false"
        aria-invalid=${keyProblem ? 'true' : 'false'}
        aria-describedby=${keyProblem ? 'recovery-key-problem' : 'recovery-key-help'}
        @input=${(event: Event) => (model.key = (event.target as HTMLTextAreaElement).value)}
      ></textarea>
      ${
        keyProblem
          ? html`<p class="err" id="recovery-key-problem" data-test="field-error">
              ${icon('warn', 's')}<span>${keyProblem}</span>
            </p>`
          : html`<p class="help" id="recovery-key-help">${say('locked.key-help')}</p>`
      }
    </div>`;
  }

  #device(): TemplateResult {
    const { model } = this;
    return html`<div class="sheet" data-test="use-device-page">
      ${brand()}
      <div class="head">
        <h1 tabindex="-1">${say('device.title')}</h1>
        <p>${say('device.lead')}</p>
      </div>
      <ol class="goes steps">
        <li>${say('device.open')}</li>
        <li>${say('device.choose', { title: say('renew.title') })}</li>
        <li>${say('device.back')}</li>
      </ol>
      <p class="note">${icon('info')}<span>${say('device.note')}</span></p>
      <form @submit=${this.#tryAgain} novalidate>
        ${formProblem(model.problem)}
        ${submitButton(say('device.submit'), model.busy ? say('locked.working') : null)}
      </form>
      <p class="others">
        <button class="quiet-button" data-test="back-to-key" @click=${() => model.show('key')}>${say('over.back')}</button>
        <button class="quiet-button" data-test="no-key" @click=${() => model.show('over')}>${say('locked.no-key')}</button>
      </p>
    </div>`;
  }

  #over(): TemplateResult {
    const { model } = this;
    return html`<div class="sheet" data-test="start-over">
      ${brand()}
      <div class="head">
        <h1 tabindex="-1">${say('over.title')}</h1>
      </div>
      <p class="note">${icon('info')}<span>${say('over.text')}</span></p>
      <p>${say('over.goes')}</p>
      <ul class="goes">
        ${(['history', 'contacts', 'groups', 'devices'] as const).map((what) => html`<li>${say(`over.${what}`)}</li>`)}
      </ul>
      <form @submit=${this.#startOver} novalidate>
        <label class="tick">
          <input
            type="checkbox"
            data-test="understood"
            .checked=${model.understood}
            @change=${() => model.understand(!model.understood)}
          /><span>${say('over.confirm')}</span>
        </label>
        ${formProblem(model.problem)}
        ${submitButton(say('over.submit'), model.busy ? say('over.working') : null, { danger: true, off: !model.understood })}
      </form>
      <p class="others">
        <button class="quiet-button" data-test="back-to-key" @click=${() => model.show('key')}>
          ${say('over.back')}
        </button>
      </p>
    </div>`;
  }

  async #recover(event: Event): Promise<void> {
    event.preventDefault();
    if (this.model.busy) return;
    if (!(await this.model.recover()) && this.isConnected) void this.focusPart('#recovery-key');
  }

  async #tryAgain(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.model.busy) await this.model.tryAgain();
  }

  async #startOver(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.model.busy) await this.model.startOver();
  }
}

customElements.define('sotto-locked-vault', SottoLockedVault);
