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
      .bar .names {
        display: grid;
      }
      .bar .names h1 {
        line-height: 1.375rem;
      }
      .sub {
        justify-self: start;
        display: inline-flex;
        align-items: center;
        gap: var(--s-1);
        max-inline-size: 100%;
        padding-inline: var(--s-1);
        position: relative;
        color: var(--ink-2);
        font-size: var(--t-caption);
        line-height: var(--lh-caption);
        text-decoration: none;
      }
      .sub::after {
        content: '';
        position: absolute;
        inset: -14px 0;
      }
      .sub .ic {
        --icon: 14px;
      }
      .sub.verified .ic {
        color: var(--accent);
      }
      .sub.warning {
        color: var(--warn);
      }
      .ib.news::after {
        content: '';
        position: absolute;
        inset-block-start: calc(50% - 16px);
        inset-inline-end: calc(50% - 16px);
        inline-size: 8px;
        block-size: 8px;
        border-radius: 50%;
        background: var(--accent-fill);
        border: 2px solid var(--paper);
        box-sizing: content-box;
      }
      .hold {
        flex: none;
        border-block-start: var(--edge);
        padding: var(--s-3) var(--s-4) max(var(--s-3), env(safe-area-inset-bottom));
      }
      .hold .note {
        max-inline-size: calc(var(--column) + 24px);
        margin-inline: auto;
        border-color: transparent;
        background: var(--warn-tint);
        color: var(--ink);
      }
      .hold .note > .ic {
        color: var(--warn);
      }
      .hold .acts {
        margin-block-start: 10px;
      }
      .hold h2 {
        text-wrap: pretty;
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

  /** Back from its details. */
  focusDetails(): void {
    void this.focusPart('.details');
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
        <div class="grow names">
          <h1 class="ttl cut" tabindex="-1"><bdi class="el">${name}</bdi></h1>
          ${this.#subtitle()}
        </div>
        ${model.loaded ? this.#details() : nothing}
      </div>
      <slot name="banner"></slot>
      <sotto-transcript .model=${model}></sotto-transcript>
      ${model.loaded ? this.#foot(name) : nothing}
    `;
  }

  #subtitle(): TemplateResult | typeof nothing {
    const { subtitle } = this.model.bar;
    if (!subtitle) return nothing;
    const { kind, text, path } = subtitle;
    const sign = { members: nothing, verified: icon('verified', 's'), warning: icon('warn', 's') }[kind];
    return html`<a class="sub ${kind}" href=${path} data-test="subtitle" data-kind=${kind}>${sign}<span class="el">${text}</span></a>`;
  }

  #details(): TemplateResult {
    const { group, bar } = this.model;
    const label = say(group ? 'conversation.group-details' : 'conversation.details');
    const news = bar.newDevices ? say('conversation.new-devices') : '';
    return html`<a
      class="ib details ${news ? 'news' : ''}"
      href=${bar.detailsPath}
      aria-label=${news ? `${label}, ${news}` : label}
      title=${label}
      data-test="details"
      >${icon(group ? 'users' : 'info')}</a
    >`;
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
            ?many=${model.group}
            @sent=${() => this.#transcript?.toLatest()}
          ></sotto-composer>
        `;
      case 'request':
        return html`<section class="foot" data-test="request" aria-labelledby="ask">
          <div>
            <h2 id="ask">
              ${model.group ? say('request.group-title', { name: model.brought, group: name }) : say('request.title', { name })}
            </h2>
            <p>${say(model.group ? 'request.group-text' : 'request.text')}</p>
            ${this.#trouble()}
            <div class="acts">
              ${this.#button('accept', 'primary', () => this.#open(() => model.answer('accept')))}
              ${this.#button('decline', '', () => model.answer('decline'))}
              ${this.#button('block', 'quiet danger', () => model.answer('block'))}
            </div>
          </div>
        </section>`;
      case 'held':
        return this.#held();
      case 'not-member':
        return html`<section class="foot" data-test="not-a-member"><div><p>${model.farewell}</p></div></section>`;
      case 'declined':
        return html`<section class="foot">
          <div>
            <p>${model.group ? say('declined.group-text') : say('declined.text', { name })}</p>
            ${this.#trouble()}
            <div class="acts">
              <button class="btn" data-test="accept" @click=${() => this.#open(() => model.answer('accept'))}>${say('declined.accept')}</button>
            </div>
          </div>
        </section>`;
      case 'blocked':
        return html`<section class="foot">
          <div>
            <p>${say('blocked.text', { name: model.group ? model.brought : name })}</p>
            ${this.#trouble()}
            <div class="acts">
              <button class="btn" data-test="unblock" @click=${() => this.#open(() => model.unblock())}>${say('blocked.unblock')}</button>
            </div>
          </div>
        </section>`;
    }
  }

  /** In place of the composer: whose key changed, and what can be done. */
  #held(): TemplateResult {
    const { model } = this;
    const { title, comparePath } = model.held!;
    return html`<section class="hold" data-test="held" aria-labelledby="held">
      <div class="note" role="alert">
        ${icon('warn')}
        <div>
          <h2 id="held">${title}</h2>
          <p>${say('held.text')}</p>
          ${this.#trouble()}
          <div class="acts">
            <a class="btn" href=${comparePath} data-test="compare">${icon('verified')}${say('held.compare')}</a>
            <button class="btn quiet" data-test="go-on" aria-disabled=${model.answering ? 'true' : 'false'} @click=${() => this.#open(() => model.goOn())}>
              ${say('held.go-on')}
            </button>
          </div>
        </div>
      </div>
    </section>`;
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
