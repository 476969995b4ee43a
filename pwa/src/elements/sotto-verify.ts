import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import { VerifyViewModel } from '../view-models/verify.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import './sotto-scanner.js';
import { formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { pageIcon } from './templates/page-icon.js';
import { paneBar } from './templates/pane-bar.js';
import { qrCode, qrCodeStyles } from './templates/qr-code.js';

/** The safety number with one person, to be compared by eye or by camera. */
export class SottoVerify extends ScreenElement<VerifyViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    qrCodeStyles,
    css`
      .verify {
        display: grid;
        gap: var(--s-6);
        justify-items: center;
      }
      .code {
        display: grid;
        gap: var(--s-3);
        justify-items: stretch;
        inline-size: 220px;
      }
      .number {
        inline-size: 100%;
      }
      h2 {
        margin-block-end: var(--s-2);
        color: var(--ink-2);
        font-size: var(--t-label);
        line-height: var(--lh-label);
        font-weight: var(--w-strong);
      }
      .key {
        display: grid;
        grid-template-columns: repeat(4, 1fr);
        gap: 1px;
        background: var(--line);
        border: 1px solid var(--line);
        border-radius: var(--r-2);
        overflow: clip;
        direction: ltr;
      }
      .key li {
        background: var(--paper);
        padding: var(--s-3) 0;
        text-align: center;
        font: 500 1.0625rem/1.5rem var(--font-code);
        font-variant-ligatures: none;
        letter-spacing: 0.04em;
      }
      .number .help {
        margin-block: var(--s-3) var(--s-5);
      }
      .number .said:not(:empty),
      .warning {
        margin-block-end: var(--s-5);
      }
      .warning {
        border-color: transparent;
        background: var(--warn-tint);
        color: var(--ink);
      }
      .warning .ic {
        color: var(--warn);
      }
      .done {
        display: flex;
        gap: var(--s-2);
        align-items: flex-start;
        font-weight: var(--w-strong);
      }
      .done .ic {
        color: var(--accent);
      }
      .scan {
        display: grid;
        gap: var(--s-4);
        justify-items: start;
      }
      #scanning:focus-visible {
        outline: none;
      }
      .scan sotto-scanner {
        inline-size: 100%;
      }
      @container (max-width: 420px) {
        .key {
          grid-template-columns: repeat(3, 1fr);
        }
      }
      @container (min-width: 640px) {
        .verify {
          grid-template-columns: 220px minmax(0, 1fr);
          justify-items: stretch;
          align-items: start;
          gap: var(--s-8);
        }
      }
      @media (forced-colors: active) {
        .key {
          background: none;
        }
        .key li {
          outline: 1px solid CanvasText;
        }
      }
    `,
  ];

  protected override createModel(app: AppViewModel): VerifyViewModel {
    const { route } = app;
    if (route.name !== 'verify') throw new Error('not on the page of a safety number');
    return new VerifyViewModel(app, route.id, route.account);
  }

  protected override firstUpdated(): void {
    void this.focusPart('h1');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const { name } = model;
    return html`
      ${paneBar(name ? say('verify.page', { name }) : '', () => model.close())}
      <div class="scroll" data-test="verify-page" data-identity=${model.identity}>
        <div class="page">
          ${name ? html`<p class="lead">${model.lead}</p>` : nothing}
          ${model.failed ? this.#failed() : model.scanning ? this.#scan(name) : this.#compare(name)}
        </div>
      </div>
    `;
  }

  /** Does something that takes away the button it was asked by: the focus goes on to what comes in its place. */
  async #do(act: () => unknown, next: string): Promise<void> {
    await act();
    if (this.isConnected) await this.focusPart(next);
  }

  #failed(): TemplateResult {
    return html`<p class="err" role="alert">${icon('warn', 's')}<span>${say('verify.failed')}</span></p>
      <p class="acts"><button class="btn" @click=${() => this.model.load()}>${say('app.try-again')}</button></p>`;
  }

  #compare(name: string): TemplateResult | typeof nothing {
    const { model } = this;
    if (!model.scannable) return nothing;
    return html`<div class="verify">
      <div class="code">
        ${qrCode(model.scannable, say('verify.qr', { name }))}
        <button class="btn" data-test="scan" @click=${() => this.#do(() => model.setScanning(true), '#scanning')}>
          ${pageIcon('qr')}${say('verify.scan', { name })}
        </button>
      </div>
      <div class="number">
        <h2 id="number">${say('verify.number')}</h2>
        <ol class="key" aria-labelledby="number" data-test="safety-number" translate="no">
          ${model.groups.map((group) => html`<li>${group}</li>`)}
        </ol>
        <p class="help">${say('verify.help')}</p>
        <div role="alert">
          ${
            model.warning
              ? html`<p class="note warning" data-test="mismatch">${icon('warn')}<span>${model.warning}</span></p>`
              : nothing
          }
        </div>
        ${formProblem(model.problem)}
        <div role="status">${model.identity === 'verified' ? this.#done(name) : nothing}</div>
        ${this.#acts()}
      </div>
    </div>`;
  }

  #done(name: string): TemplateResult {
    return html`<p class="done" data-test="verified">${icon('verified')}<span>${say('verify.done', { name })}</span></p>
      <p class="help">${say('verify.done-help', { name })}</p>`;
  }

  #acts(): TemplateResult {
    const { model } = this;
    if (model.identity === 'verified') {
      return html`<div class="acts">
        <button class="btn" data-test="to-conversation" @click=${() => model.leave()}>${say('verify.to-conversation')}</button>
        <button class="btn quiet" data-test="take-back" @click=${() => this.#do(() => model.takeBack(), '[data-test=match]')}>${say('verify.take-back')}</button>
      </div>`;
    }
    return html`<div class="acts">
      <button class="btn primary" data-test="match" aria-disabled=${model.busy ? 'true' : 'false'} @click=${() => this.#do(() => model.match(), '[data-test=to-conversation]')}>
        ${icon('verified')}${say('verify.match')}
      </button>
      <button class="btn quiet" data-test="no-match" @click=${() => model.noMatch()}>${say('verify.no-match')}</button>
    </div>`;
  }

  #scan(name: string): TemplateResult {
    const { model } = this;
    return html`<div class="scan">
      <h2 id="scanning" tabindex="-1">${say('verify.scan', { name })}</h2>
      <sotto-scanner .reader=${this.app.dependencies.platform.codes} @scanned=${(event: CustomEvent<string>) => this.#do(() => model.scanned(event.detail), '[data-test=to-conversation], [data-test=scan]')}></sotto-scanner>
      <button class="btn quiet" data-test="stop-scanning" @click=${() => this.#do(() => model.setScanning(false), '[data-test=scan]')}>${say('scan.stop')}</button>
    </div>`;
  }
}

customElements.define('sotto-verify', SottoVerify);
