import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { base, controls } from '../styles/base.js';
import { sheet } from '../styles/sheet.js';
import type { AppViewModel } from '../view-models/app.js';
import { LinkViewModel } from '../view-models/link.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { pageIcon } from './templates/page-icon.js';
import { qrCode, qrCodeStyles } from './templates/qr-code.js';
import { brand } from './templates/wordmark.js';

/** A browser that waits to be linked by another device: its code. */
export class SottoLink extends ScreenElement<LinkViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    sheet,
    qrCodeStyles,
    css`
      .qr {
        --qr: 280px;
        margin-inline: auto;
      }
      .room {
        aspect-ratio: 1;
        inline-size: min(100%, 280px);
        margin-inline: auto;
      }
      .waiting {
        text-align: center;
      }
      .waiting .help {
        display: block;
      }
      .copy {
        justify-self: center;
        min-inline-size: 160px;
      }
    `,
  ];

  protected override createModel(app: AppViewModel): LinkViewModel {
    return new LinkViewModel(app);
  }

  protected override firstUpdated(): void {
    void this.focusPart('h1');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`<div class="sheet" data-test="link-page">
      ${brand()}
      <div class="head">
        <h1 tabindex="-1">${model.failure?.title ?? say('link.title')}</h1>
        ${model.failure ? nothing : html`<p>${say('link.lead')}</p>`}
      </div>
      ${formProblem(model.failure?.text ?? null)}
      ${model.failure ? this.#failed() : this.#code()}
      <p class="other"><a href="/sign-in">${say('link.sign-in')}</a></p>
    </div>`;
  }

  #code(): TemplateResult {
    const { model } = this;
    const { code } = model;
    if (!code) return html`<div class="room"></div>`;
    return html`<div data-test="link-code" data-code=${code}>${qrCode(code, say('link.qr'))}</div>
      <p class="waiting" role="status">
        ${say('link.waiting')}<span class="help">${model.until ?? nothing}</span>
      </p>
      <button class="btn copy" data-test="copy" @click=${() => model.copy()}>
        ${model.copied ? icon('check') : pageIcon('copy')}<span aria-live="polite"
          >${say(model.copied ? 'link.copied' : 'link.copy')}</span
        >
      </button>`;
  }

  readonly #anew = (): void => {
    void this.model.begin();
    void this.focusPart('h1');
  };

  #failed(): TemplateResult {
    return html`<div class="acts">
      <button class="btn primary" data-test="link-anew" @click=${this.#anew}>${say('link.anew')}</button>
    </div>`;
  }
}

customElements.define('sotto-link', SottoLink);
