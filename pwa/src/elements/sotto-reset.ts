import { LIMITS } from '@sotto/protocol';
import type { CSSResultGroup, TemplateResult } from 'lit';
import { html } from 'lit';
import { base, controls } from '../styles/base.js';
import { sheet } from '../styles/sheet.js';
import type { AppViewModel } from '../view-models/app.js';
import type { ResetField } from '../view-models/reset.js';
import { ResetViewModel } from '../view-models/reset.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { submitButton } from './templates/submit-button.js';
import { brand } from './templates/wordmark.js';

/** Where a mailed link leads whose reader forgot their password. */
export class SottoReset extends ScreenElement<ResetViewModel> {
  static override styles: CSSResultGroup = [base, controls, sheet];

  #focused = '';

  protected override createModel(app: AppViewModel): ResetViewModel {
    const { route } = app;
    return new ResetViewModel(app, route.name === 'reset' ? route.token : '');
  }

  protected override updated(): void {
    const { stage } = this.model;
    if (stage === this.#focused) return;
    this.#focused = stage;
    void this.focusPart(stage === 'form' ? '#password' : 'h1');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    switch (model.stage) {
      case 'checking':
        return html`<div class="sheet">${brand()}<p class="help" role="status">${say('welcome.checking')}…</p></div>`;
      case 'unreachable':
        return html`<div class="sheet">
          ${brand()}
          <div class="head">
            <h1 tabindex="-1">${say('welcome.unreachable')}</h1>
            <p>${model.unreachable}</p>
          </div>
          <div class="acts">
            <button class="btn primary" @click=${() => model.check()}>${say('app.try-again')}</button>
          </div>
        </div>`;
      case 'form':
        return this.#form();
      case 'forbidden': {
        const { fault } = model;
        return html`<div class="sheet" data-test="forbidden" data-reason=${fault}>
          ${brand()}
          <div class="head">
            <h1 tabindex="-1">${say(`welcome.${fault}`)}</h1>
            <p>${say(fault === 'used' ? 'reset.used-text' : `welcome.${fault}-text`)}</p>
          </div>
          <div class="acts">
            <a class="btn primary" href="/forgotten" data-test="new-link">${say('welcome.new-link')}</a>
            <a class="btn" href="/sign-in">${say('welcome.sign-in')}</a>
          </div>
        </div>`;
      }
      case 'done':
        return html`<div class="sheet" data-test="reset-done">
          ${brand()}
          <div class="head">
            <h1 tabindex="-1">${say('reset.done')}</h1>
            <p>${say('reset.done-text')}</p>
          </div>
          <div class="acts"><a class="btn primary" href="/sign-in">${say('welcome.sign-in')}</a></div>
        </div>`;
    }
  }

  #form(): TemplateResult {
    const { model } = this;
    const { passwordMin: min } = LIMITS;
    return html`<div class="sheet">
      ${brand()}
      <div class="head">
        <h1>${say('reset.title')}</h1>
        <p>${say('reset.for', { email: model.email })} ${say('reset.lead')}</p>
      </div>
      <form @submit=${this.#submit} novalidate>
        ${this.#field('password', 'password', say('password.new'), say('welcome.password-help', { min }))}
        ${this.#field('again', 'password-again', say('password.again'))} ${formProblem(model.problem)}
        ${submitButton(say('reset.submit'), model.busy ? say('reset.working') : null)}
      </form>
    </div>`;
  }

  #field(which: ResetField, name: string, label: string, help?: string): TemplateResult {
    const { model } = this;
    return field({
      name,
      label,
      value: model.value(which),
      type: 'password',
      autocomplete: 'new-password',
      problem: model.fieldProblem(which),
      ...(help ? { help } : {}),
      write: (text) => model.write(which, text),
      leave: () => model.leave(which),
    });
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.model.busy) return;
    const wrong = await this.model.submit();
    if (wrong && this.isConnected) void this.focusPart(wrong === 'again' ? '#password-again' : '#password');
  }
}

customElements.define('sotto-reset', SottoReset);
