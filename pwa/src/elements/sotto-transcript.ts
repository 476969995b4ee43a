import type { EventId } from '@sotto/protocol';
import type { CSSResultGroup, PropertyValues, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { base, controls } from '../styles/base.js';
import type { ConversationViewModel } from '../view-models/conversation.js';
import { say } from '../words/say.js';
import { ModelElement } from './model-element.js';
import { avatarStyles } from './templates/avatar.js';
import { icon } from './templates/icon.js';
import { markStyles } from './templates/mark.js';
import type { MessageActions } from './templates/message.js';
import { messageStyles, transcriptRow } from './templates/message.js';

/** Within this of the end counts as being there. */
const END_SLACK = 48;
/** Nearer than this to the beginning, older messages are fetched. */
const OLDER_MARGIN = 600;

const LIVE_AFTER = 500;

/** What is to stay where it is: the end, or the first of these rows that is still there. */
type Hold = 'end' | readonly { readonly row: Element; readonly top: number }[] | null;

/** The messages of a conversation. Keeps its place whatever comes before or after it. */
export class SottoTranscript extends ModelElement<ConversationViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    avatarStyles,
    markStyles,
    messageStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        flex: 1;
        min-block-size: 0;
        position: relative;
      }
      .log {
        flex: 1;
        min-block-size: 0;
        overflow: auto;
        overscroll-behavior: contain;
        /* The place is kept by hand, since not every browser does. */
        overflow-anchor: none;
        scrollbar-width: thin;
        scrollbar-color: var(--line) transparent;
        display: flex;
        flex-direction: column;
      }
      .log:focus-visible {
        outline-offset: -2px;
        border-radius: 0;
      }
      .col {
        inline-size: 100%;
        max-inline-size: calc(var(--column) + 2 * var(--s-4));
        margin-inline: auto;
        margin-block-start: auto;
        padding: var(--s-4);
      }
      .begin {
        color: var(--ink-3);
        font-size: var(--t-label);
        line-height: var(--lh-label);
        max-inline-size: var(--measure);
        text-wrap: pretty;
      }
      .non {
        margin: auto;
        max-inline-size: 38ch;
        padding: var(--s-6);
        text-align: center;
        display: grid;
        gap: var(--s-2);
        color: var(--ink-2);
        font-size: 0.9375rem;
        line-height: 1.5rem;
        text-wrap: balance;
      }
      .non h2 {
        color: var(--ink);
        font-size: var(--t-title);
        line-height: var(--lh-title);
      }
      .pill {
        position: absolute;
        inset-block-end: var(--s-3);
        inset-inline-end: max(var(--s-4), (100% - var(--column)) / 2);
        z-index: var(--z-pill);
        display: inline-flex;
        align-items: center;
        gap: var(--s-2);
        min-block-size: 36px;
        padding-inline: 14px;
        border-radius: var(--r-round);
        background: var(--raised);
        box-shadow: var(--lift);
        font-weight: var(--w-strong);
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
        animation: rise var(--m-base) var(--ease);
      }
      .pill:focus-visible {
        border-radius: var(--r-round);
      }
      .pill::after {
        content: '';
        position: absolute;
        inset: -4px 0;
      }
      .pill .ic {
        color: var(--accent);
      }
      @keyframes rise {
        from {
          opacity: 0;
          translate: 0 8px;
        }
      }
      .wait {
        position: absolute;
        inset-block-start: 0;
        inset-inline: 0;
        block-size: 1px;
        z-index: var(--z-sticky);
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
      @container (min-width: 640px) {
        .col {
          max-inline-size: calc(var(--column) + 2 * var(--s-8));
          padding-inline: var(--s-8);
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .pill {
          animation: none;
        }
        .wait::after {
          animation: none;
          inline-size: 100%;
        }
      }
      @media (forced-colors: active) {
        .pill {
          border: 1px solid CanvasText;
        }
      }
    `,
  ];

  /** Stay at the end as it moves. */
  #follows = true;
  #opened = false;
  #far = false;
  /** New messages are heard; those that were there on opening are not all read out. */
  #live = false;
  #extent = '';
  readonly #resized = new ResizeObserver(() => this.#settle());
  readonly #actions: Omit<MessageActions, 'readersPath'> = {
    retry: (event) => void this.model.retry(event),
    discard: (event) => {
      void this.model.discard(event);
      this.focus(); // The button goes with the message.
    },
  };

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  override focus(): void {
    this.#log?.focus();
  }

  /** Goes to the newest message, at once: a long way takes no longer than a short one. */
  toLatest(): void {
    this.#follows = true;
    const log = this.#log;
    if (log) log.scrollTop = log.scrollHeight;
    this.#settle();
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const name = model.peerName ?? '';
    const busy = !model.loaded || model.loadingOlder;
    return html`
      ${busy ? html`<div class="wait"></div>` : nothing}
      <div
        class="log"
        role="log"
        aria-live=${this.#live && !busy ? 'polite' : 'off'}
        aria-relevant="additions"
        aria-busy=${busy ? 'true' : 'false'}
        aria-label=${say(model.group ? 'conversation.group-messages' : 'conversation.messages', { name })}
        tabindex="0"
        data-test="transcript"
        @scroll=${this.#settle}
      >
        ${model.loaded && model.rows.length === 0 ? this.#empty(name) : this.#column(name)}
      </div>
      ${this.#far ? this.#pill() : nothing}
    `;
  }

  protected override update(changed: PropertyValues): void {
    const hold = this.#hold();
    super.update(changed);
    this.#place(hold);
  }

  protected override firstUpdated(): void {
    this.#resized.observe(this.#log!);
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const column = this.renderRoot.querySelector('.col');
    if (column) this.#resized.observe(column);
    // At the end nothing has moved as long as the rows are the same.
    if (this.#follows && this.model.rows === this.#drawn) return;
    this.#drawn = this.model.rows;
    // Measuring right after drawing would lay out twice on every snapshot.
    requestAnimationFrame(() => this.#settle());
  }

  #column(name: string): TemplateResult {
    const { model } = this;
    const actions: MessageActions = { ...this.#actions, readersPath: model.bar.detailsPath };
    const [first] = model.rows.filter(({ kind }) => kind !== 'day');
    // A group says itself how it began, or how this account came into it.
    const begins = !model.hasOlder && first?.kind !== 'unreadable' && first?.kind !== 'change';
    return html`<div class="col ${model.group ? 'many' : ''}">
      ${begins ? html`<p class="begin">${model.group ? say('conversation.group-beginning') : say('conversation.beginning', { name })}</p>` : nothing}
      ${repeat(
        model.rows,
        (row) => row.key,
        (row) => guard([row], () => transcriptRow(row, actions)),
      )}
    </div>`;
  }

  #empty(name: string): TemplateResult {
    return html`<div class="non">
      <h2>${say('conversation.empty')}</h2>
      <p>${this.model.group ? say('conversation.group-empty-text') : say('conversation.empty-text', { name })}</p>
    </div>`;
  }

  #pill(): TemplateResult {
    const { unread } = this.model;
    const label = unread > 0 ? say('conversation.jump-count', { count: unread }) : say('conversation.jump');
    const text = unread > 0 ? say('conversation.unread', { count: unread }) : say('conversation.latest');
    return html`<button class="pill" data-test="jump-to-latest" aria-label=${label} @click=${this.#jump}>
      ${text}${icon('down')}
    </button>`;
  }

  /** The pill goes away under the finger: the focus goes on to what it led to. */
  readonly #jump = (): void => {
    this.toLatest();
    this.focus();
  };

  get #log(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('.log');
  }

  get #rowElements(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('[data-key]')];
  }

  /** What must stay where it is while the rows change. */
  #hold(): Hold {
    const log = this.#log;
    if (!log || !this.#opened) return null;
    if (this.#follows) return 'end';
    const { top, bottom } = log.getBoundingClientRect();
    // Separators move when older messages come before them; messages do not.
    return this.#rowElements
      .filter((row) => row.dataset.event !== undefined)
      .map((row) => ({
        row,
        top: row.getBoundingClientRect().top,
        bottom: row.getBoundingClientRect().bottom,
      }))
      .filter((row) => row.bottom > top && row.top < bottom);
  }

  #place(hold: Hold): void {
    const log = this.#log;
    if (!log) return;
    if (!this.#opened && this.model.rows.length > 0) this.#open(log);
    else if (hold === 'end') log.scrollTop = log.scrollHeight;
    else {
      const held = hold?.find(({ row }) => row.isConnected);
      if (held) log.scrollTop += held.row.getBoundingClientRect().top - held.top;
    }
  }

  /** At the unread line where there is one, else at the end. */
  #open(log: HTMLElement): void {
    this.#opened = true;
    setTimeout(() => {
      this.#live = true;
      this.requestUpdate();
    }, LIVE_AFTER);
    log.scrollTop = log.scrollHeight;
    const line = this.renderRoot.querySelector('.new');
    if (!line) return;
    const above = line.getBoundingClientRect().top - log.getBoundingClientRect().top;
    if (above >= 0) return;
    log.scrollTop += above - log.clientHeight / 5;
    this.#follows = false;
  }

  /** The rows that were measured last. */
  #drawn: ConversationViewModel['rows'] | undefined;
  #seeing: ReturnType<typeof setTimeout> | undefined;

  /** After any movement: are we at the end, what has been seen, is more needed. */
  readonly #settle = (): void => {
    const log = this.#log;
    if (!log || !this.#opened || log.clientHeight === 0) return;
    const extent = `${log.clientHeight}:${log.scrollHeight}`;
    // The pane changed and not the person's mind: the end moved, and we with it.
    if (this.#follows && extent !== this.#extent) log.scrollTop = log.scrollHeight;
    this.#extent = extent;
    const below = log.scrollHeight - log.clientHeight - log.scrollTop;
    this.#follows = below <= END_SLACK;
    const far = below > log.clientHeight || (below > END_SLACK && this.model.unread > 0);
    if (far !== this.#far) {
      this.#far = far;
      this.requestUpdate();
    }
    this.#seeing ??= setTimeout(() => this.#tellSeen());
    if (log.scrollTop < OLDER_MARGIN && !this.#askedWith(this.model.rows[0]?.key))
      void this.model.loadOlder();
  };

  /** Asks once for each beginning, so that an answer without older messages does not ask for ever. */
  #asked: string | undefined;
  #askedWith(first: string | undefined): boolean {
    if (!this.model.hasOlder || this.model.loadingOlder) return true;
    const second = this.model.rows[1]?.key;
    const beginning = `${first}:${second}:${this.model.rows.length}`;
    if (beginning === this.#asked) return true;
    this.#asked = beginning;
    return false;
  }

  /** After the frame has been drawn: telling of it is no reason to be drawn later. */
  #tellSeen(): void {
    this.#seeing = undefined;
    const edge = (this.#log?.getBoundingClientRect().bottom ?? 0) - 8;
    let row = this.renderRoot.querySelector('.col')?.lastElementChild;
    while (row && !isSeen(row, edge)) row = row.previousElementSibling;
    if (row instanceof HTMLElement) this.model.see(row.dataset.event as EventId);
  }
}

/** Whether this is another's message of which something is above the edge. */
function isSeen(row: Element, edge: number): boolean {
  return row instanceof HTMLElement && row.dataset.mine === 'false' && row.getBoundingClientRect().top < edge;
}

customElements.define('sotto-transcript', SottoTranscript);
