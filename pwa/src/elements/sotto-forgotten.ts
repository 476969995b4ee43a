import type { CSSResultGroup, TemplateResult } from 'lit';
import { html } from 'lit';
import { base, controls } from '../styles/base.js';
import { sheet } from '../styles/sheet.js';
import type { AppViewModel } from '../view-models/app.js';
import { ForgottenViewModel } from '../view-models/forgotten.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { submitButton } from './templates/submit-button.js';
import { brand } from './templates/wordmark.js';

/** Asking for a link to choose a new password. */
export class SottoForgotten extends ScreenElement<ForgottenViewModel> {
  static override styles: CSSResultGroup = [base, controls, sheet];

  protected override createModel(app: AppViewModel): ForgottenViewModel {
    return new ForgottenViewModel(app.dependencies);
  }

  protected override firstUpdated(): void {
    void this.focusPart('#email');
  }

  protected override render(): TemplateResult {
    return html`<div class="sheet">
      ${brand()} ${this.model.sent ? this.#sent() : this.#form()}
      <p class="other">${say('forgotten.have')} <a href="/sign-in">${say('sign-in.submit')}</a></p>
    </div>`;
  }

  #form(): TemplateResult {
    const { model } = this;
    return html`<div class="head">
        <h1>${say('forgotten.title')}</h1>
        <p>${say('forgotten.lead')}</p>
      </div>
      <p class="note">${icon('key')}<span>${say('forgotten.then')}</span></p>
      <form @submit=${this.#submit} novalidate>
        ${field({
          name: 'email',
          label: say('sign-up.email'),
          value: model.email,
          type: 'email',
          autocomplete: 'email',
          inputMode: 'email',
          problem: model.emailProblem,
          write: (text) => (model.email = text),
        })}
        ${formProblem(model.problem)}
        ${submitButton(say('forgotten.submit'), model.busy ? say('app.loading') : null)}
      </form>`;
  }

  #sent(): TemplateResult {
    const { model } = this;
    return html`<div class="head" data-test="look-in-mail">
        <h1 tabindex="-1">${say('forgotten.sent-title')}</h1>
        <p>${say('forgotten.sent-text', { email: model.email.trim() })}</p>
      </div>
      <p class="help">${say('sign-up.sent-help')}</p>
      <div class="acts">
        <button class="btn" @click=${() => model.useAnother()}>${say('sign-up.other')}</button>
      </div>`;
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.model.busy) return;
    void this.focusPart((await this.model.submit()) ? 'h1' : '#email');
  }
}

customElements.define('sotto-forgotten', SottoForgotten);
