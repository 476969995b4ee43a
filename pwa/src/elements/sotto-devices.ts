import type { CSSResultGroup, PropertyValues, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { bars, base, controls } from '../styles/base.js';
import { dialogStyles } from '../styles/dialog.js';
import { listStyles } from '../styles/list.js';
import { pageForm } from '../styles/page-form.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import type { DeviceQuestion, OwnDeviceRow } from '../view-models/devices.js';
import { DevicesViewModel } from '../view-models/devices.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { openDialogs, question } from './templates/dialog.js';
import { field } from './templates/field.js';
import { icon } from './templates/icon.js';
import { pageIcon } from './templates/page-icon.js';
import { paneBar } from './templates/pane-bar.js';
import { checkboxStyles } from './templates/people-picker.js';
import { removalQuestion, removalStyles } from './templates/removal-question.js';

/** Devices of this account: what they are called, and how one loses or gets its access. */
export class SottoDevices extends ScreenElement<DevicesViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    listStyles,
    dialogStyles,
    pageForm,
    checkboxStyles,
    removalStyles,
    css`
      .name {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px var(--s-2);
        font-weight: var(--w-strong);
        overflow-wrap: anywhere;
      }
      .item {
        gap: var(--s-3);
      }
      .item .ib {
        margin-inline-end: calc(-1 * var(--s-2));
      }
      .note {
        align-items: center;
      }
      .note.came {
        margin-block-end: var(--s-4);
      }
      .note b {
        display: block;
        color: var(--ink);
      }
      .link {
        margin-block-start: var(--s-4);
      }
      @media (max-width: 899px) {
        .item .remove span {
          display: none;
        }
        .item .remove {
          padding-inline: 0;
          inline-size: 44px;
        }
      }
      @media (min-width: 900px) {
        .item .remove .ic {
          display: none;
        }
      }
    `,
  ];

  protected override createModel(app: AppViewModel): DevicesViewModel {
    return new DevicesViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('h1');
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    openDialogs(this.renderRoot);
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`
      ${paneBar(say('devices.title'), () => model.close())}
      <div class="scroll" data-test="devices-page">
        <div class="page">
          <p class="lead">${say('devices.lead')}</p>
          <p class="ok" role="status" data-test="done">${model.said ? html`${icon('check')}<span>${model.said}</span>` : nothing}</p>
          ${model.rows.some(({ isNew }) => isNew) ? html`<p class="note came" data-test="not-you">${icon('info')}<span>${say('devices.came-text')}</span></p>` : nothing}
          <ul class="list">
            ${repeat(
              model.rows,
              ({ id }) => id,
              (device) => html`<li>${this.#device(device)}</li>`,
            )}
          </ul>
          <h2>${say('devices.new')}</h2>
          <p class="note">
            ${pageIcon('qr')}<span><b>${say('devices.new-title')}</b>${say('devices.new-text')}</span>
          </p>
          <a class="btn primary link" href="/settings/link" data-test="link-device">${pageIcon('plus')}${say('devices.link')}</a>
        </div>
      </div>
      ${model.question ? this.#question(model.question) : nothing}
      ${removalQuestion(model.removal, () => void this.focusPart('#password'))}
    `;
  }

  #device(device: OwnDeviceRow): TemplateResult {
    const { name, kind, phone, current, isNew, added } = device;
    const { model } = this;
    const sign = kind === 'agent' ? pageIcon('agent') : phone ? pageIcon('phone') : icon('laptop');
    return html`<div class="item" data-test="own-device" data-name=${name}>
      <span class="sq">${sign}</span>
      <div class="text">
        <p class="name">
          <bdi>${name}</bdi>
          ${current ? html`<span class="tag new" data-test="current">${say('devices.current')}</span>` : nothing}
          ${isNew ? html`<span class="tag new" data-test="new-device">${say('details.new-tag')}</span>` : nothing}
          ${kind === 'agent' ? html`<span class="tag agent">${say('devices.agent')}</span>` : nothing}
        </p>
        <p class="help">${added}</p>
      </div>
      <button
        class="ib"
        aria-label=${say('devices.rename', { name })}
        title=${say('devices.rename', { name })}
        data-test="rename-device"
        @click=${() => model.ask('rename', device)}
      >
        ${pageIcon('edit')}
      </button>
      <button
        class="btn quiet danger remove"
        aria-label=${say('devices.remove-name', { name })}
        data-test="remove-device"
        @click=${() => model.ask('remove', device)}
      >
        ${pageIcon('trash')}<span>${say('devices.remove')}</span>
      </button>
    </div>`;
  }

  #question({ kind, device }: DeviceQuestion): TemplateResult {
    const { model } = this;
    const { name } = device;
    const rename = kind === 'rename';
    return question({
      title: say(rename ? 'devices.rename-title' : 'devices.remove-title', { name }),
      text: rename ? html`` : say('devices.remove-text'),
      confirm: say(rename ? 'devices.save' : 'devices.remove'),
      danger: !rename,
      working: model.busy ? say('devices.working') : null,
      problem: model.problem,
      fields: html`
        ${
          rename
            ? field({
                name: 'device-name',
                label: say('devices.name'),
                value: model.name,
                autocomplete: 'off',
                autocapitalize: 'sentences',
                problem: model.nameProblem,
                write: (text) => (model.name = text),
              })
            : nothing
        }
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
      `,
      act: () => void this.#confirm(),
      cancel: () => model.keep(),
    });
  }

  async #confirm(): Promise<void> {
    const wrong = await this.model.confirm();
    if (!this.isConnected) return;
    if (wrong) void this.focusPart(`#${wrong}`);
    else if (!this.model.question) void this.focusPart('h1');
  }
}

customElements.define('sotto-devices', SottoDevices);
