import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import { pageForm } from '../styles/page-form.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import { NewGroupViewModel } from '../view-models/new-group.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { avatarStyles } from './templates/avatar.js';
import { field, formProblem } from './templates/field.js';
import { paneBar } from './templates/pane-bar.js';
import { checkboxStyles, peoplePicker, peoplePickerStyles } from './templates/people-picker.js';
import { submitButton } from './templates/submit-button.js';

/** Making a group. */
export class SottoNewGroup extends ScreenElement<NewGroupViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    pageForm,
    avatarStyles,
    peoplePickerStyles,
    checkboxStyles,
    css`
      h2 {
        font-size: var(--t-title);
        line-height: var(--lh-title);
        margin-block-end: calc(-1 * var(--s-2));
      }
    `,
  ];

  protected override createModel(app: AppViewModel): NewGroupViewModel {
    return new NewGroupViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('#group-name');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`
      ${paneBar(say('group.new'), () => model.close())}
      <div class="scroll">
        <div class="page">
          <p class="lead">${say('group.lead')}</p>
          <form class="narrow" @submit=${this.#submit} novalidate>
            ${field({
              name: 'group-name',
              label: say('group.name'),
              value: model.name,
              autocomplete: 'off',
              autocapitalize: 'sentences',
              help: say('group.name-help'),
              problem: model.nameProblem,
              write: (text) => (model.name = text),
            })}
            <h2>${say('group.people')}</h2>
            ${peoplePicker(model.picker, () => void this.focusPart('#username'))}
            <label class="tick">
              <input
                type="checkbox"
                data-test="shares-past"
                aria-describedby="past-help"
                .checked=${model.sharesPast}
                @change=${() => model.setSharesPast(!model.sharesPast)}
              />
              <span>${say('group.past')}<br /><span class="help" id="past-help">${say('group.past-help')}</span></span>
            </label>
            ${formProblem(model.problem)}
            ${submitButton(say('group.submit'), model.busy ? say('group.working') : null, { wide: false })}
          </form>
        </div>
      </div>
    `;
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.model.busy) return;
    const wrong = await this.model.submit();
    if (wrong && this.isConnected) void this.focusPart(`#${wrong}`);
  }
}

customElements.define('sotto-new-group', SottoNewGroup);
