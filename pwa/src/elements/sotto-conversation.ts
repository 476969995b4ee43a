import type { CSSResultGroup, PropertyValues, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { bars, base, controls } from '../styles/base.js';
import type { ConversationViewModel } from '../view-models/conversation.js';
import { say } from '../words/say.js';
import { ModelElement } from './model-element.js';
import type { SottoComposer } from './sotto-composer.js';
import './sotto-composer.js';
import type { SottoTranscript } from './sotto-transcript.js';
import './sotto-transcript.js';
import { icon } from './templates/icon.js';

/** An open conversation: its bar, its transcript, and at its foot the composer or what stands in its place. */
export class SottoConversation extends ModelElement<ConversationViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-block-size: 0;
        position: relative;
        background: var(--paper);
        container-type: inline-size;
      }
      :host([data-twelve]) {
        --meta: 92px;
      }
      @media (min-width: 900px) {
        .back {
          display: none;
        }
      }
      .bar h1:focus-visible {
        outline: none;
      }
      .foot {
        border-block-start: var(--edge);
        padding: var(--s-4) var(--s-4) max(var(--s-4), env(safe-area-inset-bottom));
        flex: none;
      }
      .foot > div {
        display: grid;
        gap: var(--s-1);
        max-inline-size: var(--column);
        margin-inline: auto;
      }
      .foot h2 {
        font-size: var(--t-title);
        line-height: var(--lh-title);
      }
      .foot p {
        color: var(--ink-2);
        max-inline-size: 60ch;
        text-wrap: pretty;
      }
      .foot .acts {
        margin-block-start: var(--s-3);
      }
      .hint,
      .trouble {
        flex: none;
        padding: 0 var(--s-4) var(--s-2);
        font-size: var(--t-label);
        line-height: var(--lh-label);
        color: var(--ink-3);
      }
      .hint p,
      .trouble p {
        max-inline-size: var(--column);
        margin-inline: auto;
        text-wrap: pretty;
      }
      @container (min-width: 640px) {
        .foot,
        .hint,
        .trouble {
          padding-inline: var(--s-8);
        }
      }
    `,
  ];

  #entering = false;

  /** Called when this conversation was opened: the focus goes where the next key belongs, once that is there. */
  enter(): void {
    this.#entering = true;
    this.requestUpdate();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (!this.#entering || !this.model.loaded) return;
    this.#entering = false;
    // A finger asked for the transcript, not for a keyboard over half of it.
    if (this.model.foot === 'composer' && !this.model.coarse) this.#composer?.focus();
    else this.renderRoot.querySelector<HTMLElement>('h1')?.focus();
  }

  focusTranscript(): void {
    this.#transcript?.focus();
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const name = model.peerName ?? '';
    this.toggleAttribute('data-twelve', model.twelveHours);
    this.dataset.test = 'conversation';
    this.dataset.conversation = model.id;
    this.dataset.standing = model.standing ?? '';
    return html`
      <div class="bar">
        <button
          class="ib back"
          aria-label=${say('back.conversations')}
          title=${say('back.conversations')}
          data-test="back"
          @click=${() => this.dispatchEvent(new Event('close'))}
        >
          ${icon('back')}
        </button>
        <h1 class="ttl grow cut" tabindex="-1"><bdi class="el">${name}</bdi></h1>
      </div>
      <slot name="banner"></slot>
      <sotto-transcript .model=${model}></sotto-transcript>
      ${model.loaded ? this.#foot(name) : nothing}
    `;
  }

  #foot(name: string): TemplateResult {
    const { model } = this;
    switch (model.foot) {
      case 'composer':
        return html`
          ${
            model.standing === 'invited' && model.rows.length > 0
              ? html`<div class="hint"><p>${say('conversation.invited', { name })}</p></div>`
              : nothing
          }
          ${this.#trouble()}
          <sotto-composer
            .model=${model.composer}
            .name=${name}
            .coarse=${model.coarse}
            @sent=${() => this.#transcript?.toLatest()}
          ></sotto-composer>
        `;
      case 'request':
        return html`<section class="foot" data-test="request" aria-labelledby="ask">
          <div>
            <h2 id="ask">${say('request.title', { name })}</h2>
            <p>${say('request.text')}</p>
            ${this.#trouble()}
            <div class="acts">
              ${this.#button('accept', 'primary', () => this.#open(() => model.answer('accept')))}
              ${this.#button('decline', '', () => model.answer('decline'))}
              ${this.#button('block', 'quiet danger', () => model.answer('block'))}
            </div>
          </div>
        </section>`;
      case 'declined':
        return html`<section class="foot">
          <div>
            <p>${say('declined.text', { name })}</p>
            ${this.#trouble()}
            <div class="acts">
              <button class="btn" data-test="accept" @click=${() => this.#open(() => model.answer('accept'))}>${say('declined.accept')}</button>
            </div>
          </div>
        </section>`;
      case 'blocked':
        return html`<section class="foot">
          <div>
            <p>${say('blocked.text', { name })}</p>
            ${this.#trouble()}
            <div class="acts">
              <button class="btn" data-test="unblock" @click=${() => this.#open(() => model.unblock())}>${say('blocked.unblock')}</button>
            </div>
          </div>
        </section>`;
    }
  }

  #button(answer: 'accept' | 'decline' | 'block', look: string, act: () => void): TemplateResult {
    return html`<button
      class="btn ${look}"
      data-test=${answer}
      aria-disabled=${this.model.answering ? 'true' : 'false'}
      @click=${act}
    >
      ${say(`request.${answer}`)}
    </button>`;
  }

  /** Does what brings the composer back; the button that was pressed goes away, and the focus goes on to it. */
  async #open(act: () => Promise<void>): Promise<void> {
    await act();
    if (this.model.foot === 'composer') this.enter();
  }

  #trouble(): TemplateResult {
    const { problem } = this.model;
    const classes = this.model.foot === 'composer' && problem ? 'said trouble' : 'said';
    return html`<div role="alert" class=${classes}>${problem ? html`<p class="err">${icon('warn', 's')}<span>${problem}</span></p>` : nothing}</div>`;
  }

  get #composer(): SottoComposer | null {
    return this.renderRoot.querySelector<SottoComposer>('sotto-composer');
  }

  get #transcript(): SottoTranscript | null {
    return this.renderRoot.querySelector<SottoTranscript>('sotto-transcript');
  }
}

customElements.define('sotto-conversation', SottoConversation);
