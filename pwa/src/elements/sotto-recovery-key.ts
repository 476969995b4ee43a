import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html } from 'lit';
import { base, controls } from '../styles/base.js';
import { sheet } from '../styles/sheet.js';
import type { AppViewModel } from '../view-models/app.js';
import { RecoveryKeyViewModel } from '../view-models/recovery-key.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { pageIcon } from './templates/page-icon.js';
import { brand } from './templates/wordmark.js';

/** The recovery key, shown once. On paper only the key is printed. */
export class SottoRecoveryKey extends ScreenElement<RecoveryKeyViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    sheet,
    css`
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
      .check .inp {
        max-inline-size: 140px;
      }
      form .acts {
        gap: var(--s-2) var(--s-3);
      }
      .copy {
        min-inline-size: 108px;
      }
      @media print {
        .acts,
        form,
        .note .ic {
          display: none;
        }
        .sheet {
          margin: 0;
        }
        .key {
          background: none;
          border: 0;
        }
        .key li {
          background: none;
          outline: 1px solid;
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

  readonly #warn = (event: BeforeUnloadEvent): void => {
    if (!this.model.gone) event.preventDefault();
  };

  protected override createModel(app: AppViewModel): RecoveryKeyViewModel {
    return new RecoveryKeyViewModel(app);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // What is shown once must not be lost to a slip of the hand.
    addEventListener('beforeunload', this.#warn);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('beforeunload', this.#warn);
  }

  protected override firstUpdated(): void {
    void this.focusPart('h1');
  }

  protected override render(): TemplateResult {
    const { model } = this;
    if (model.gone) return this.#gone();
    return html`<div class="sheet wide">
      <div class="head">
        <h1 tabindex="-1">${say('recovery.title')}</h1>
        <p>${say('recovery.text')}</p>
      </div>
      <ol class="key" aria-label=${say('recovery.key')} data-test="recovery-key" translate="no">
        ${model.groups.map((group, index) => html`<li data-group=${index + 1}>${group}</li>`)}
      </ol>
      <div class="acts">
        <button class="btn copy" data-test="copy" @click=${() => model.copy()}>
          ${model.copied ? icon('check') : pageIcon('copy')}<span aria-live="polite"
            >${say(model.copied ? 'recovery.copied' : 'recovery.copy')}</span
          >
        </button>
        <button class="btn" data-test="save" @click=${() => model.save()}>${pageIcon('download')}${say('recovery.save')}</button>
        <button class="btn" data-test="print" @click=${() => model.print()}>${pageIcon('print')}${say('recovery.print')}</button>
      </div>
      ${formProblem(model.problem)}
      <p class="note">${icon('key')}<span>${say('recovery.advice')}</span></p>
      <form @submit=${this.#done} novalidate>
        <div class="check">
          ${field({
            name: 'recovery-check',
            label: say('recovery.check'),
            value: model.typed,
            mono: true,
            maxLength: 8,
            autocomplete: 'off',
            autocapitalize: 'characters',
            problem: model.checkProblem,
            write: (text) => model.write(text),
          })}
        </div>
        <div class="acts">
          <button class="btn primary tall" type="submit" data-test="submit">${say('recovery.done')}</button>
          <button class="btn quiet tall" type="button" data-test="recovery-later" @click=${() => model.later()}>
            ${say('recovery.later')}
          </button>
        </div>
      </form>
    </div>`;
  }

  #gone(): TemplateResult {
    return html`<div class="sheet">
      ${brand()}
      <div class="head">
        <h1 tabindex="-1">${say('recovery.gone')}</h1>
        <p>${say('recovery.gone-text')}</p>
      </div>
      <div class="acts"><a class="btn primary" href="/">${say('app.to-conversations')}</a></div>
    </div>`;
  }

  #done(event: Event): void {
    event.preventDefault();
    if (!this.model.done()) void this.focusPart('#recovery-check');
  }
}

customElements.define('sotto-recovery-key', SottoRecoveryKey);
