import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import { pageForm } from '../styles/page-form.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import { RenewViewModel } from '../view-models/renew.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { paneBar } from './templates/pane-bar.js';
import { checkboxStyles } from './templates/people-picker.js';
import { submitButton } from './templates/submit-button.js';

/** After a reset by mail, on a device that is signed in: what happens, and the new password. */
export class SottoRenew extends ScreenElement<RenewViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    pageForm,
    checkboxStyles,
    css`
      .goes {
        display: grid;
        gap: var(--s-2);
        margin-block: var(--s-3) var(--s-5);
        padding-inline-start: var(--s-5);
        list-style: disc;
        color: var(--ink-2);
        text-wrap: pretty;
      }
      .note {
        margin-block-end: var(--s-5);
      }
      .btn[aria-disabled='true'][aria-busy='false'] {
        border-color: var(--line);
        background: none;
        color: var(--ink-off);
      }
    `,
  ];

  protected override createModel(app: AppViewModel): RenewViewModel {
    return new RenewViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('h1');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`
      ${paneBar(say('renew.title'), () => model.close())}
      <div class="scroll" data-test="renew-page">
        <div class="page">
          <p class="lead">${say('renew.lead')}</p>
          <p>${say('renew.goes')}</p>
          <ul class="goes">
            ${(['history', 'recovery', 'contacts', 'devices'] as const).map((what) => html`<li>${say(`renew.${what}`)}</li>`)}
          </ul>
          <p class="note">${icon('warn')}<span>${say('renew.warning')}</span></p>
          <p class="ok" role="status" data-test="done">
            ${model.said ? html`${icon('check')}<span>${model.said}</span>` : nothing}
          </p>
          <form class="narrow" @submit=${this.#submit} novalidate>
            <input type="text" autocomplete="username" name="name" .value=${model.username} hidden />
            ${field({
              name: 'password',
              label: say('renew.password'),
              value: model.password,
              type: 'password',
              autocomplete: 'current-password',
              help: say('renew.password-help'),
              problem: model.passwordProblem,
              write: (text) => (model.password = text),
            })}
            <label class="tick">
              <input
                type="checkbox"
                data-test="mine"
                .checked=${model.mine}
                @change=${() => model.setMine(!model.mine)}
              /><span>${say('renew.mine')}</span>
            </label>
            ${formProblem(model.problem)}
            ${submitButton(say('renew.submit'), model.busy ? say('renew.working') : null, { wide: false, off: !model.mine })}
          </form>
        </div>
      </div>
    `;
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    const { model } = this;
    if (model.busy || !model.mine) return;
    const done = await model.submit();
    if (this.isConnected) void this.focusPart(done ? 'h1' : '#password');
  }
}

customElements.define('sotto-renew', SottoRenew);
