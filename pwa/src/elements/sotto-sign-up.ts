import type { CSSResultGroup, TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import { base, controls } from '../styles/base.js';
import { sheet } from '../styles/sheet.js';
import type { AppViewModel } from '../view-models/app.js';
import { SignUpViewModel } from '../view-models/sign-up.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { submitButton } from './templates/submit-button.js';
import { brand } from './templates/wordmark.js';

/** Asking for the mailed link, and the page that says where to look for it. */
export class SottoSignUp extends ScreenElement<SignUpViewModel> {
  static override styles: CSSResultGroup = [base, controls, sheet];

  protected override createModel(app: AppViewModel): SignUpViewModel {
    return new SignUpViewModel(app.dependencies);
  }

  protected override firstUpdated(): void {
    void this.focusPart('#email');
  }

  protected override render(): TemplateResult {
    return this.model.sent > 0 ? this.#lookInMail() : this.#ask();
  }

  #ask(): TemplateResult {
    const { model } = this;
    return html`<div class="sheet">
      ${brand()}
      <div class="head">
        <h1>${say('sign-up.title')}</h1>
        <p>${say('sign-up.lead')}</p>
      </div>
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
        ${formProblem(model.problem)} ${submitButton(say('sign-up.submit'), null)}
      </form>
      <p class="other">${say('sign-up.have')} <a href="/sign-in">${say('sign-in.submit')}</a></p>
    </div>`;
  }

  #lookInMail(): TemplateResult {
    const { model } = this;
    return html`<div class="sheet" data-test="look-in-mail">
      ${brand()}
      <div class="head">
        <h1 tabindex="-1">${say('sign-up.sent-title')}</h1>
        <p>${say('sign-up.sent-text', { email: model.email.trim() })}</p>
      </div>
      <p class="help">${say('sign-up.sent-help')}</p>
      ${formProblem(model.problem)}
      <div class="acts">
        <button class="btn" @click=${() => model.submit()}>${say('sign-up.again')}</button>
        <button class="btn quiet" @click=${this.#useAnother}>${say('sign-up.other')}</button>
      </div>
      <div class="said" role="status">${model.sent > 1 ? html`<p class="help acts">${icon('check', 's')}${say('sign-up.sent-again')}</p>` : nothing}</div>
    </div>`;
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    const sent = await this.model.submit();
    void this.focusPart(sent ? 'h1' : '#email');
  }

  readonly #useAnother = (): void => {
    this.model.useAnother();
    void this.focusPart('#email');
  };
}

customElements.define('sotto-sign-up', SottoSignUp);
