import type { CSSResultGroup, TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import { base, controls } from '../styles/base.js';
import { sheet } from '../styles/sheet.js';
import type { AppViewModel } from '../view-models/app.js';
import { SignInViewModel } from '../view-models/sign-in.js';
import { say } from '../words/say.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { submitButton } from './templates/submit-button.js';
import { brand } from './templates/wordmark.js';

/** Signing in. */
export class SottoSignIn extends ScreenElement<SignInViewModel> {
  static override styles: CSSResultGroup = [base, controls, sheet];

  protected override createModel(app: AppViewModel): SignInViewModel {
    return new SignInViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart(this.model.login ? '#password' : '#login');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const { lead } = model;
    return html`<div class="sheet">
      ${brand()}
      <div class="head">
        <h1>${say('sign-in.title')}</h1>
        ${lead ? html`<p data-test=${model.ended ? 'session-ended' : nothing} data-removed=${model.removed ? 'true' : nothing}>${lead}</p>` : nothing}
      </div>
      <form @submit=${this.#submit} novalidate>
        ${field({
          name: 'login',
          label: say('sign-in.login'),
          value: model.login,
          autocomplete: 'username',
          inputMode: 'email',
          write: (text) => (model.login = text),
        })}
        ${field({
          name: 'password',
          label: say('sign-in.password'),
          value: model.password,
          type: 'password',
          autocomplete: 'current-password',
          write: (text) => (model.password = text),
        })}
        ${formProblem(model.problem)}
        ${submitButton(say('sign-in.submit'), model.busy ? say('sign-in.working') : null)}
      </form>
      <p class="other"><a href="/forgotten" data-test="forgotten">${say('sign-in.forgotten')}</a></p>
      <p class="other"><a href="/link" data-test="link">${say('sign-in.link')}</a></p>
      <p class="other">${say('sign-in.new')} <a href="/sign-up">${say('sign-in.create')}</a></p>
    </div>`;
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.model.busy) return;
    if (!(await this.model.submit())) void this.focusPart(this.model.login ? '#password' : '#login');
  }
}

customElements.define('sotto-sign-in', SottoSignIn);
