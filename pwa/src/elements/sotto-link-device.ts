import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import { pageForm } from '../styles/page-form.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import { LinkDeviceViewModel } from '../view-models/link-device.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import './sotto-scanner.js';
import { field, formProblem } from './templates/field.js';
import { paneBar } from './templates/pane-bar.js';
import { submitButton } from './templates/submit-button.js';

/** Linking another device from this one. */
export class SottoLinkDevice extends ScreenElement<LinkDeviceViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    pageForm,
    css`
      h2 {
        font-size: var(--t-title);
        line-height: var(--lh-title);
        overflow-wrap: anywhere;
      }
      .narrow h2 + p {
        margin-block-start: calc(-1 * var(--s-3));
        color: var(--ink-2);
        text-wrap: pretty;
      }
    `,
  ];

  protected override createModel(app: AppViewModel): LinkDeviceViewModel {
    return new LinkDeviceViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('h1');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`
      ${paneBar(say('link-device.title'), () => model.close())}
      <div class="scroll" data-test="link-device-page">
        <div class="page">
          ${
            model.found === null
              ? html`<p class="lead">${say('link-device.lead')}</p>
                  <sotto-scanner .reader=${this.app.dependencies.platform.codes} .problem=${model.problem} @scanned=${this.#scanned}></sotto-scanner>`
              : this.#approve(model.found)
          }
        </div>
      </div>
    `;
  }

  #approve(name: string): TemplateResult {
    const { model } = this;
    return html`<form class="narrow" @submit=${this.#submit} novalidate>
      <h2 data-test="link-name" tabindex="-1">${say('link-device.found', { name })}</h2>
      <p>${say('link-device.found-text')}</p>
      ${field({
        name: 'password',
        label: say('devices.password'),
        value: model.password,
        type: 'password',
        autocomplete: 'current-password',
        help: say('devices.password-help'),
        problem: model.passwordProblem,
        write: (text) => (model.password = text),
      })}
      ${formProblem(model.problem)}
      <div class="acts">
        ${submitButton(say('link-device.approve'), model.busy ? say('link-device.working') : null, { wide: false })}
        <button class="btn quiet" type="button" data-test="scan-another" @click=${this.#again}>
          ${say('link-device.other')}
        </button>
      </div>
    </form>`;
  }

  readonly #scanned = async (event: CustomEvent<string>): Promise<void> => {
    const scanner = event.target as HTMLElement;
    if (await this.model.read(event.detail)) void this.focusPart('#password');
    // What was read led nowhere: the camera looks again.
    else if (scanner.isConnected) scanner.dispatchEvent(new Event('again'));
  };

  readonly #again = (): void => {
    this.model.again();
    void this.focusPart('h1');
  };

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!(await this.model.approve()) && this.isConnected) void this.focusPart('#password');
  }
}

customElements.define('sotto-link-device', SottoLinkDevice);
