import type { CSSResultGroup, TemplateResult } from 'lit';
import { html } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import { pageForm } from '../styles/page-form.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import { LinkAnewViewModel } from '../view-models/link-anew.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { paneBar } from './templates/pane-bar.js';
import { checkboxStyles } from './templates/people-picker.js';
import { submitButton } from './templates/submit-button.js';

/** What to do where this browser's device goes on somewhere else. */
export class SottoLinkAnew extends ScreenElement<LinkAnewViewModel> {
  static override styles: CSSResultGroup = [base, controls, bars, settingsPage, pageForm, checkboxStyles];

  protected override createModel(app: AppViewModel): LinkAnewViewModel {
    return new LinkAnewViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('#password');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`
      ${paneBar(say('link-anew.title'), () => model.close())}
      <div class="scroll">
        <div class="page">
          <p class="lead">${say('link-anew.lead')}</p>
          <p class="lead">${say('link-anew.then')}</p>
          <form class="narrow" @submit=${this.#submit} novalidate>
            <input type="text" autocomplete="username" name="name" .value=${model.username} hidden />
            ${field({
              name: 'password',
              label: say('devices.password'),
              value: model.password,
              type: 'password',
              autocomplete: 'current-password',
              problem: model.passwordProblem,
              write: (text) => (model.password = text),
            })}
            <div>
              <label class="tick">
                <input
                  type="checkbox"
                  data-test="replaces"
                  aria-describedby="replaces-help"
                  .checked=${model.replaces}
                  @change=${() => model.setReplaces(!model.replaces)}
                /><span>${say('link-anew.gone')}</span>
              </label>
              <p class="help" id="replaces-help">${say('link-anew.gone-help')}</p>
            </div>
            ${formProblem(model.problem)}
            ${submitButton(say('link-anew.submit'), model.busy ? say('link-anew.working') : null, { wide: false })}
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

customElements.define('sotto-link-anew', SottoLinkAnew);
