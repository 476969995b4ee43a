import type { CSSResultGroup, PropertyValues, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { base, controls } from '../styles/base.js';
import type { AppViewModel, MainPane, Screen } from '../view-models/app.js';
import { say } from '../words/say.js';
import type { LazyName } from './lazy-screens.js';
import { LazyScreens } from './lazy-screens.js';
import { ModelElement } from './model-element.js';
import type { SottoConversation } from './sotto-conversation.js';
import './sotto-banner.js';
import './sotto-conversation.js';
import type { SottoConversationList } from './sotto-conversation-list.js';
import './sotto-conversation-list.js';
import { hairpin } from './templates/wordmark.js';

/** The whole page: two panes where there is room, one where there is not, or a page of its own. */
export class SottoApp extends ModelElement<AppViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    css`
      :host {
        display: block;
        block-size: 100%;
        background: var(--ground);
      }
      .skip {
        position: fixed;
        inset-block-start: var(--s-2);
        inset-inline-start: var(--s-2);
        z-index: var(--z-toast);
        padding: var(--s-2) var(--s-4);
        background: var(--raised);
        color: var(--ink);
        box-shadow: var(--lift);
        border-radius: var(--r-2);
        font-weight: var(--w-strong);
      }
      .skip:not(:focus) {
        clip-path: inset(50%);
        block-size: 1px;
        inline-size: 1px;
        padding: 0;
        overflow: hidden;
      }
      .app {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        grid-template-rows: minmax(0, 1fr);
        block-size: 100dvh;
        overflow: hidden;
      }
      .pane {
        min-inline-size: 0;
        min-block-size: 0;
        display: flex;
        flex-direction: column;
      }
      .main {
        background: var(--paper);
        container-type: inline-size;
      }
      .pane > :where(:not(.skip)) {
        flex: 1;
        min-block-size: 0;
      }
      .pane > sotto-banner {
        flex: none;
      }
      .app[data-front='main'] .left,
      .app[data-front='left'] .main {
        display: none;
      }
      @media (min-width: 900px) {
        .app {
          grid-template-columns: var(--pane-list) minmax(0, 1fr);
        }
        .app .left,
        .app .main {
          display: flex !important;
        }
        .left {
          border-inline-end: var(--edge);
        }
      }
      @media (min-width: 1280px) {
        .app:has(.third) {
          grid-template-columns: var(--pane-list) minmax(0, 1fr) var(--pane-details);
        }
        .third {
          border-inline-start: var(--edge);
        }
      }
      .page {
        block-size: 100dvh;
        overflow: auto;
        background: var(--paper);
      }
      .page > * {
        min-block-size: 100%;
      }
      .non {
        margin: auto;
        max-inline-size: 38ch;
        padding: var(--s-6);
        text-align: center;
        display: grid;
        gap: var(--s-3);
        align-content: center;
        justify-items: center;
        color: var(--ink-2);
        font-size: 0.9375rem;
        line-height: 1.5rem;
        text-wrap: balance;
      }
      .non h1,
      .non h2 {
        color: var(--ink);
        font-size: var(--t-title);
        line-height: var(--lh-title);
      }
      .non .btn {
        margin-block-start: var(--s-2);
      }
      .hairpin {
        stroke: currentColor;
        stroke-width: 1.25;
        fill: none;
        stroke-linejoin: round;
      }
      .hairpin:dir(rtl) {
        transform: scaleX(-1);
      }
      /* Only what takes longer than a moment is worth a sign. */
      .wait {
        position: fixed;
        inset-block-start: 0;
        inset-inline: 0;
        block-size: 2px;
        overflow: hidden;
        opacity: 0;
        animation: appear 1ms 400ms forwards;
      }
      .wait::after {
        content: '';
        display: block;
        block-size: 100%;
        inline-size: 30%;
        background: var(--accent);
        animation: pass 1.4s infinite var(--ease);
      }
      @keyframes appear {
        to {
          opacity: 1;
        }
      }
      @keyframes pass {
        from {
          translate: -100%;
        }
        to {
          translate: 340%;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .wait::after {
          animation: none;
          inline-size: 100%;
        }
      }
      @media print {
        .page,
        .app {
          block-size: auto;
          overflow: visible;
        }
        .skip {
          display: none;
        }
      }
    `,
  ];

  readonly #lazy = new LazyScreens(() => this.requestUpdate());
  #shown = '';

  /** Also where nothing has the focus. */
  readonly #pressed = (event: KeyboardEvent): void => this.#key(event);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.#pressed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#pressed);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { screen } = this.model;
    if (screen.kind === 'starting') return this.#starting(screen.slow);
    if (screen.kind === 'chat') return this.#chat(screen);
    return html`<main class="page">${this.#lazyScreen(screen.kind)}</main>`;
  }

  /** A page of its own begins at its heading; in the chat the focus follows what was opened. */
  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { screen } = this.model;
    const { conversation } = this.model;
    const shown =
      screen.kind === 'chat'
        ? `chat:${screen.main}${screen.details ? '+' : ''}:${conversation?.id ?? ''}`
        : screen.kind;
    if (shown === this.#shown) return;
    const before = this.#shown;
    this.#shown = shown;
    if (screen.kind !== 'chat') return;
    // From its details, or a page of them, back to where they were opened.
    const within = /^chat:(details|verify|add-people|conversation\+):/.test(before);
    if (screen.main === 'conversation' && !screen.details) {
      if (within && before.endsWith(`:${conversation?.id}`)) this.#conversation?.focusDetails();
      else this.#conversation?.enter();
    } else if (screen.main === 'empty' && before.startsWith('chat:')) {
      const left = before.split(':')[2];
      void this.#list?.focusRow(left || null);
    }
  }

  #chat({ main, details }: Screen & { kind: 'chat' }): TemplateResult {
    const { list, wide, banner } = this.model;
    if (!list) return this.#starting(false);
    const front = main === 'empty' ? 'left' : 'main';
    // Where there is one pane and the list is in it, the list is what the page is about.
    const alone = !wide && front === 'left';
    const bannerElement = html`<sotto-banner slot="banner" .model=${banner}></sotto-banner>`;
    return html`
      <div class="app" data-front=${front}>
        <div class="pane left" role=${alone ? 'main' : 'navigation'} aria-label=${say('list.label')}>
          <a class="skip" href="#main" @click=${this.#skip}>
            ${say(main === 'conversation' ? 'skip.messages' : 'skip.content')}
          </a>
          <sotto-conversation-list .model=${list} .beside=${main !== 'empty'} data-test="conversations">
            ${alone ? bannerElement : nothing}
          </sotto-conversation-list>
        </div>
        <main class="pane main" id="main" tabindex="-1">
          ${wide || front === 'main' ? this.#main(main, bannerElement) : nothing}
        </main>
        ${
          details
            ? html`<aside class="pane third" aria-label=${say('details.title')}>${this.#lazyScreen('details')}</aside>`
            : nothing
        }
      </div>
    `;
  }

  #main(main: MainPane, banner: TemplateResult): TemplateResult {
    const { conversation } = this.model;
    switch (main) {
      case 'conversation':
        // Keyed: another conversation is another element, with its own scroll position and focus.
        return html`${keyed(
          conversation!.id,
          html`<sotto-conversation .model=${conversation!} @close=${() => this.model.closeMain()}>
            ${banner}
          </sotto-conversation>`,
        )}`;
      case 'empty':
        return html`${banner}
          <div class="non">${hairpin(56)}<p>${say('main.empty')}</p></div>`;
      case 'not-found':
        return html`${banner}
          <div class="non">
            <h1>${say('app.not-found')}</h1>
            <p>${say('app.not-found-text')}</p>
            <a class="btn" href="/">${say('app.to-conversations')}</a>
          </div>`;
      default:
        return html`${banner}${this.#lazyScreen(main)}`;
    }
  }

  #lazyScreen(name: LazyName): TemplateResult {
    return this.#lazy.render(
      name,
      this.model,
      (retry) => html`<div class="non">
      <h1>${say('app.part-failed')}</h1>
      <button class="btn" @click=${retry}>${say('app.try-again')}</button>
    </div>`,
    );
  }

  #starting(slow: boolean): TemplateResult {
    return html`<div class="wait"></div>
      <main class="page">
        ${
          slow
            ? html`<div class="non" role="status">
                <p>${say('app.slow')}</p>
                <button class="btn" @click=${() => this.model.dependencies.platform.page.reload()}>
                  ${say('app.reload')}
                </button>
              </div>`
            : nothing
        }
      </main>`;
  }

  get #conversation(): SottoConversation | null {
    return this.renderRoot.querySelector<SottoConversation>('sotto-conversation');
  }

  get #list(): SottoConversationList | null {
    return this.renderRoot.querySelector<SottoConversationList>('sotto-conversation-list');
  }

  #skip(event: Event): void {
    event.preventDefault();
    if (this.#conversation) this.#conversation.focusTranscript();
    else this.renderRoot.querySelector<HTMLElement>('#main')?.focus();
  }

  /** Escape leaves what is in the main pane. */
  #key(event: KeyboardEvent): void {
    const { screen } = this.model;
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
    if (screen.kind === 'chat' && screen.main !== 'empty') this.model.closeMain();
  }
}

customElements.define('sotto-app', SottoApp);

declare global {
  interface HTMLElementTagNameMap {
    'sotto-app': SottoApp;
  }
}
