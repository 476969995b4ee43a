import type { CSSResultGroup, PropertyDeclarations, PropertyValues, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { base, controls } from '../styles/base.js';
import type { ComposerViewModel } from '../view-models/composer.js';
import { say } from '../words/say.js';
import { ModelElement } from './model-element.js';
import { icon } from './templates/icon.js';

/** Measuring it by hand lays the page out twice for each letter. */
const GROWS_BY_ITSELF = CSS.supports('field-sizing', 'content');

/** Where a message is written. Enter sends where there are keys, and breaks the line where there is a finger. */
export class SottoComposer extends ModelElement<ComposerViewModel> {
  static override properties: PropertyDeclarations = { name: {}, coarse: { type: Boolean } };
  static override styles: CSSResultGroup = [
    base,
    controls,
    css`
      :host {
        display: block;
        flex: none;
      }
      .comp {
        position: relative;
        background: var(--paper);
        border-block-start: var(--edge);
        padding: 6px var(--s-1);
        padding-inline-start: var(--s-4);
        padding-block-end: max(6px, env(safe-area-inset-bottom));
      }
      .comp:has(textarea:focus) {
        border-color: var(--focus);
        box-shadow: inset 0 1px 0 var(--focus);
      }
      .in {
        display: flex;
        align-items: flex-end;
        gap: var(--s-1);
        max-inline-size: var(--column);
        margin-inline: auto;
      }
      textarea {
        flex: 1;
        min-inline-size: 0;
        min-block-size: max(44px, 1lh + 20px);
        max-block-size: calc(6lh + 20px);
        padding: 10px 0;
        border: 0;
        resize: none;
        field-sizing: content;
        background: none;
        font-size: var(--t-read);
        line-height: var(--lh-read);
        scrollbar-width: thin;
        scrollbar-color: var(--line) transparent;
        overflow-wrap: anywhere;
      }
      textarea::placeholder {
        color: var(--ink-3);
        opacity: 1;
      }
      textarea:focus-visible {
        outline: none;
      }
      .send {
        --touch: 36px;
        margin: 4px;
        background: var(--accent-fill);
        color: var(--on-accent);
      }
      .send::after {
        content: '';
        position: absolute;
        inset: -4px;
      }
      .send:hover {
        background: var(--accent-fill-2);
        color: var(--on-accent);
      }
      .send[aria-disabled='true'] {
        background: none;
        color: var(--ink-off);
        cursor: default;
      }
      .problem {
        max-inline-size: var(--column);
        margin: 0 auto var(--s-1);
        padding-block-start: var(--s-1);
      }
      @container (min-width: 640px) {
        .comp {
          padding: 10px var(--s-8);
        }
        :host([many]) .in {
          padding-inline-start: 40px;
        }
        .send {
          margin-inline-end: 0;
        }
      }
      @media (forced-colors: active) {
        .send:not([aria-disabled='true']) {
          forced-color-adjust: none;
          background: Highlight;
          color: HighlightText;
        }
        .comp:has(textarea:focus) {
          border-color: Highlight;
          border-block-start-width: 2px;
        }
      }
    `,
  ];

  declare name: string;
  declare coarse: boolean;

  /** Also before it is drawn for the first time. */
  override focus(options?: FocusOptions): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector('textarea')?.focus(options));
  }

  protected override render(): TemplateResult {
    const { text, canSend, problem } = this.model;
    const label = say('composer.label', { name: this.name });
    return html`<form class="comp" @submit=${this.#submit}>
      <div role="alert">
        ${problem ? html`<p class="err problem">${icon('warn', 's')}<span>${problem}</span></p>` : nothing}
      </div>
      <div class="in">
        <textarea
          rows="1"
          dir=${text ? 'auto' : nothing}
          data-test="composer"
          aria-label=${label}
          placeholder=${label}
          enterkeyhint=${this.coarse ? 'enter' : 'send'}
          autocomplete="off"
          .value=${live(text)}
          @input=${(event: Event) => this.model.write((event.target as HTMLTextAreaElement).value)}
          @keydown=${this.#key}
        ></textarea>
        <button
          class="ib send"
          type="submit"
          data-test="send"
          aria-label=${say('composer.send')}
          title=${say('composer.send')}
          aria-disabled=${canSend ? 'false' : 'true'}
          @pointerdown=${(event: Event) => event.preventDefault()}
        >
          ${icon('send')}
        </button>
      </div>
    </form>`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (!GROWS_BY_ITSELF) this.#grow();
  }

  /** As high as its lines, up to six, where the sheet can't say so. */
  #grow(): void {
    const area = this.renderRoot.querySelector('textarea')!;
    area.style.blockSize = '0';
    area.style.blockSize = `${area.scrollHeight}px`;
    // The sheet's bounds decide; only past them is there anything to scroll.
    area.style.overflowY = area.scrollHeight > area.clientHeight ? 'auto' : 'hidden';
  }

  #key(event: KeyboardEvent): void {
    // While a syllable is being composed, Enter belongs to the input method.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || composing || this.coarse) return;
    event.preventDefault();
    this.#send();
  }

  #submit(event: Event): void {
    event.preventDefault();
    this.#send();
  }

  #send(): void {
    if (!this.model.canSend) return;
    this.dispatchEvent(new CustomEvent('sent', { bubbles: true, composed: true }));
    void this.model.send();
  }
}

customElements.define('sotto-composer', SottoComposer);
