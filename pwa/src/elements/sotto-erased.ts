import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { base, controls } from '../styles/base.js';
import { sheet } from '../styles/sheet.js';
import type { AppViewModel } from '../view-models/app.js';
import { ErasedViewModel } from '../view-models/erased.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { icon } from './templates/icon.js';
import { pageIcon } from './templates/page-icon.js';
import { brand } from './templates/wordmark.js';

/** What the servers have deleted of an account so far. */
export class SottoErased extends ScreenElement<ErasedViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    sheet,
    css`
      ul {
        list-style: none;
        padding: 0;
        display: grid;
        gap: var(--s-2);
      }
      li {
        display: flex;
        align-items: center;
        gap: var(--s-3);
      }
      li[data-done='false'] {
        color: var(--ink-2);
      }
    `,
  ];

  protected override createModel(app: AppViewModel): ErasedViewModel {
    return new ErasedViewModel(app);
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`<div class="sheet">
      ${brand()} ${model.unknown ? this.#head(say('erased.unknown-title'), say('erased.unknown')) : this.#told()}
      <p class="other"><a href="/sign-up">${say('erased.begin')}</a></p>
    </div>`;
  }

  #told(): TemplateResult {
    const { finished, parts } = this.model;
    const head = finished
      ? this.#head(say('erased.done-title'), say('erased.done'))
      : this.#head(say('erased.title'), say('erased.lead'));
    return html`${head}
      <ul data-test="erased" data-finished=${finished ? 'true' : 'false'}>
        ${parts.map(
          ({ words, done }) => html`<li data-done=${done ? 'true' : 'false'}>
            ${done ? icon('check', 's') : pageIcon('clock', 's')}<span>${words}</span>
            ${done ? nothing : html`<span class="help">${say('erased.is-left')}</span>`}
          </li>`,
        )}
      </ul>
      <p class="help">${say('erased.keep')}</p>`;
  }

  #head(title: string, text: string): TemplateResult {
    return html`<div class="head" aria-live="polite">
      <h1 tabindex="-1">${title}</h1>
      <p>${text}</p>
    </div>`;
  }
}

customElements.define('sotto-erased', SottoErased);
