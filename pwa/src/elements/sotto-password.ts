import { LIMITS } from '@sotto/protocol';
import type { CSSResultGroup, TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import { pageForm } from '../styles/page-form.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import type { PasswordField } from '../view-models/password.js';
import { PasswordViewModel } from '../view-models/password.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { paneBar } from './templates/pane-bar.js';
import { submitButton } from './templates/submit-button.js';

const INPUT: Readonly<Record<PasswordField, string>> = {
  now: 'password-now',
  password: 'password',
  again: 'password-again',
};

/** Changing the password. */
export class SottoPassword extends ScreenElement<PasswordViewModel> {
  static override styles: CSSResultGroup = [base, controls, bars, settingsPage, pageForm];

  protected override createModel(app: AppViewModel): PasswordViewModel {
    return new PasswordViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('#password-now');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const { passwordMin: min } = LIMITS;
    return html`
      ${paneBar(say('password.title'), () => model.close())}
      <div class="scroll">
        <div class="page">
          <p class="lead">${say('password.lead')}</p>
          <p class="ok" role="status" data-test="done">
            ${model.done ? html`${icon('check')}<span>${say('password.done')}</span>` : nothing}
          </p>
          <form class="narrow" @submit=${this.#submit} novalidate>
            <input type="text" autocomplete="username" name="name" .value=${model.username} hidden />
            ${this.#field('now', say('password.now'), 'current-password')}
            ${this.#field('password', say('password.new'), 'new-password', say('welcome.password-help', { min }))}
            ${this.#field('again', say('password.again'), 'new-password')} ${formProblem(model.problem)}
            ${submitButton(say('password.submit'), model.busy ? say('password.working') : null, { wide: false })}
          </form>
        </div>
      </div>
    `;
  }

  #field(which: PasswordField, label: string, autocomplete: string, help?: string): TemplateResult {
    const { model } = this;
    return field({
      name: INPUT[which],
      label,
      value: model.value(which),
      type: 'password',
      autocomplete,
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
    if (!this.isConnected) return;
    if (wrong) void this.focusPart(`#${INPUT[wrong]}`);
    else if (this.model.done) void this.focusPart('h1');
  }
}

customElements.define('sotto-password', SottoPassword);
