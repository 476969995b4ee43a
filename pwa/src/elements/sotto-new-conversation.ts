import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import { listStyles } from '../styles/list.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import { NewConversationViewModel } from '../view-models/new-conversation.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { paneBar } from './templates/pane-bar.js';

/** Writing to someone for the first time. */
export class SottoNewConversation extends ScreenElement<NewConversationViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    listStyles,
    css`
      .item {
        margin-block-end: var(--s-6);
        border-block-start: var(--edge);
      }
      form {
        display: grid;
        gap: var(--s-5);
        max-inline-size: 440px;
        justify-items: start;
      }
      .fld {
        inline-size: 100%;
      }
    `,
  ];

  protected override createModel(app: AppViewModel): NewConversationViewModel {
    return new NewConversationViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('#username');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`
      ${paneBar(say('new.title'), () => model.close())}
      <div class="scroll">
        <div class="page">
          <a class="item" href="/new-group" data-test="new-group">
            <span class="sq">${icon('users')}</span>
            <div class="text">
              <p>${say('new.group')}</p>
              <p class="help">${say('new.group-help')}</p>
            </div>
            ${icon('chev', 's')}
          </a>
          <p class="lead">${say('new.lead')}</p>
          <form @submit=${this.#submit} novalidate>
            ${field({
              name: 'username',
              label: say('new.username'),
              value: model.username,
              autocomplete: 'off',
              problem: model.fieldProblem,
              write: (text) => (model.username = text),
            })}
            ${formProblem(model.problem)}
            <button
              class="btn primary"
              type="submit"
              data-test="submit"
              aria-busy=${model.busy ? 'true' : 'false'}
              aria-disabled=${model.busy ? 'true' : 'false'}
            >
              ${say('new.submit')}
            </button>
          </form>
        </div>
      </div>
    `;
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.model.busy) return;
    if (!(await this.model.submit()) && this.isConnected) void this.focusPart('#username');
  }
}

customElements.define('sotto-new-conversation', SottoNewConversation);
