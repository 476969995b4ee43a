import type { CSSResultGroup, TemplateResult } from 'lit';
import { html } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import { pageForm } from '../styles/page-form.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import { NewRecoveryKeyViewModel } from '../view-models/new-recovery-key.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { paneBar } from './templates/pane-bar.js';
import { submitButton } from './templates/submit-button.js';

/** Making a new recovery key; it is shown on the page that follows. */
export class SottoNewRecoveryKey extends ScreenElement<NewRecoveryKeyViewModel> {
  static override styles: CSSResultGroup = [base, controls, bars, settingsPage, pageForm];

  protected override createModel(app: AppViewModel): NewRecoveryKeyViewModel {
    return new NewRecoveryKeyViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('#password');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`
      ${paneBar(say('new-recovery-key.title'), () => model.close())}
      <div class="scroll">
        <div class="page">
          <p class="lead">${say('new-recovery-key.lead')}</p>
          <form class="narrow" @submit=${this.#submit} novalidate>
            ${field({
              name: 'password',
              label: say('new-recovery-key.password'),
              value: model.password,
              type: 'password',
              autocomplete: 'current-password',
              problem: model.passwordProblem,
              write: (text) => (model.password = text),
            })}
            ${formProblem(model.problem)}
            ${submitButton(say('new-recovery-key.submit'), model.busy ? say('new-recovery-key.working') : null, { wide: false })}
          </form>
        </div>
      </div>
    `;
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.model.busy) return;
    if (!(await this.model.submit()) && this.isConnected) void this.focusPart('#password');
  }
}

customElements.define('sotto-new-recovery-key', SottoNewRecoveryKey);
