import type { CSSResultGroup, TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import { pageForm } from '../styles/page-form.js';
import { settingsPage } from '../styles/settings-page.js';
import { AddPeopleViewModel } from '../view-models/add-people.js';
import type { AppViewModel } from '../view-models/app.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { avatarStyles } from './templates/avatar.js';
import { formProblem } from './templates/field.js';
import { paneBar } from './templates/pane-bar.js';
import { checkboxStyles, peoplePicker, peoplePickerStyles } from './templates/people-picker.js';

/** Adding people to a group. */
export class SottoAddPeople extends ScreenElement<AddPeopleViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    pageForm,
    avatarStyles,
    peoplePickerStyles,
    checkboxStyles,
  ];

  protected override createModel(app: AppViewModel): AddPeopleViewModel {
    return new AddPeopleViewModel(app, app.conversation!.id);
  }

  protected override firstUpdated(): void {
    void this.focusPart('#username, h1');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`
      ${paneBar(say('add-people.title'), () => model.close())}
      <div class="scroll"><div class="page">${model.loaded ? this.#content() : nothing}</div></div>
    `;
  }

  #content(): TemplateResult {
    const { model } = this;
    if (!model.allowed) return html`<p class="lead">${say('add-people.not-allowed')}</p>`;
    return html`<p class="lead">${model.lead}</p>
      <form class="narrow" @submit=${this.#submit} novalidate>
        ${peoplePicker(model.picker, () => void this.focusPart('#username'))} ${formProblem(model.problem)}
        <button
          class="btn primary"
          type="submit"
          data-test="submit"
          aria-busy=${model.busy ? 'true' : 'false'}
          aria-disabled=${model.busy ? 'true' : 'false'}
        >
          ${model.submitLabel}
        </button>
      </form>`;
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.model.busy) return;
    if (!(await this.model.submit()) && this.isConnected) void this.focusPart('#username');
  }
}

customElements.define('sotto-add-people', SottoAddPeople);
