import type { CSSResultGroup, PropertyDeclarations, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { bars, base, controls } from '../styles/base.js';
import type {
  ConversationListViewModel,
  ConversationRow,
  ListNotice,
} from '../view-models/conversation-list.js';
import { say } from '../words/say.js';
import { ModelElement } from './model-element.js';
import { avatar, avatarStyles } from './templates/avatar.js';
import { icon } from './templates/icon.js';
import { mark, markStyles } from './templates/mark.js';
import { wordmark } from './templates/wordmark.js';

/** The list pane: who, the last thing said, when, and how much is unread. */
export class SottoConversationList extends ModelElement<ConversationListViewModel> {
  static override properties: PropertyDeclarations = { beside: { type: Boolean } };
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    avatarStyles,
    markStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-block-size: 0;
        background: var(--ground);
      }
      .bar {
        border-color: transparent;
        padding-inline: var(--s-4) var(--s-2);
      }
      @media (min-width: 900px) {
        .bar {
          padding-inline: var(--s-4) var(--s-3);
        }
      }
      .home {
        display: inline-block;
        color: inherit;
        padding-block: var(--s-3);
      }
      .wm {
        block-size: 17px;
        inline-size: auto;
        display: block;
        fill: currentColor;
      }
      .scroll {
        flex: 1;
        min-block-size: 0;
        overflow: auto;
        overscroll-behavior: contain;
        scrollbar-width: thin;
        scrollbar-color: var(--line) transparent;
        display: flex;
        flex-direction: column;
      }
      .rows {
        padding: var(--s-1) var(--s-2) var(--s-4);
      }
      .row {
        display: grid;
        grid-template-columns: var(--av-m) minmax(0, 1fr);
        gap: var(--s-3);
        align-items: center;
        min-block-size: var(--row-h);
        padding-block: var(--s-2);
        padding-inline: var(--s-2) var(--s-3);
        border-radius: var(--r-2);
        color: inherit;
        text-decoration: none;
      }
      .row:hover {
        background: var(--hover);
      }
      .row:active {
        background: var(--pressed);
      }
      .row:focus-visible {
        outline-offset: -2px;
        border-radius: var(--r-2);
      }
      .row .line {
        display: flex;
        align-items: baseline;
        gap: var(--s-2);
      }
      .row .line.second {
        align-items: center;
        min-block-size: 22px;
      }
      .name {
        font-weight: var(--w-strong);
        font-size: 0.9375rem;
        line-height: 1.375rem;
      }
      time {
        flex: none;
        font-size: var(--t-caption);
        line-height: var(--lh-caption);
        color: var(--ink-3);
        font-variant-numeric: tabular-nums;
      }
      .preview {
        display: flex;
        align-items: center;
        gap: 6px;
        color: var(--ink-2);
      }
      .preview .dm {
        margin-inline-start: -2px;
        --mark-ground: var(--ground);
      }
      .preview .draft {
        flex: none;
        margin-inline-end: -2px;
        color: var(--accent);
      }
      .preview .author {
        flex: none;
        max-inline-size: 50%;
        margin-inline-end: -2px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        color: var(--ink-3);
      }
      .preview .said {
        color: var(--ink-3);
      }
      .unread .name {
        font-weight: 680;
      }
      .unread .preview,
      .unread .preview .said {
        color: var(--ink);
      }
      .count {
        flex: none;
        min-inline-size: 1.25rem;
        block-size: 1.25rem;
        padding-inline: 6px;
        border-radius: var(--r-round);
        background: var(--accent-fill);
        color: var(--on-accent);
        font-size: var(--t-caption);
        line-height: 1.25rem;
        font-weight: var(--w-title);
        text-align: center;
        font-variant-numeric: tabular-nums;
      }
      @media (min-width: 900px) {
        .row[aria-current] {
          background: var(--selected);
        }
        .row[aria-current] .dm {
          --mark-ground: var(--selected);
        }
        .row[aria-current] time,
        .row[aria-current] .author,
        .row[aria-current] .said {
          color: var(--ink-2);
        }
      }
      .me {
        display: flex;
        align-items: center;
        gap: var(--s-3);
        padding-block: var(--s-2) max(var(--s-2), env(safe-area-inset-bottom));
        padding-inline: var(--s-4) var(--s-2);
        border-block-start: var(--edge);
        min-block-size: var(--bar-h);
        flex: none;
      }
      @media (min-width: 900px) {
        .me {
          padding-inline-end: var(--s-3);
        }
      }
      .me .name {
        font-size: var(--t-ui);
        line-height: var(--lh-ui);
      }
      .non {
        margin: auto;
        max-inline-size: 34ch;
        padding: var(--s-6);
        text-align: center;
        display: grid;
        gap: var(--s-3);
        justify-items: center;
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
      .non .btn {
        margin-block-start: var(--s-2);
      }
      .progress {
        flex: none;
        padding: var(--s-2) var(--s-4);
        color: var(--ink-2);
        font-size: var(--t-label);
        line-height: var(--lh-label);
        font-variant-numeric: tabular-nums;
        text-wrap: pretty;
      }
      .notice {
        margin: 0 var(--s-3) var(--s-3);
        padding: var(--s-3) var(--s-3) var(--s-2) var(--s-4);
        border: var(--edge);
        border-radius: var(--r-2);
        color: var(--ink-2);
        font-size: var(--t-label);
        line-height: var(--lh-label);
        text-wrap: pretty;
        flex: none;
      }
      .notice:dir(rtl) {
        padding: var(--s-3) var(--s-4) var(--s-2) var(--s-3);
      }
      .notice .btn {
        min-block-size: 32px;
        padding-inline: var(--s-2);
        margin-inline-start: calc(-1 * var(--s-2));
        font-size: var(--t-label);
        position: relative;
      }
      .notice .btn::after {
        content: '';
        position: absolute;
        inset: -6px 0;
      }
      @media (forced-colors: active) {
        .row[aria-current] {
          outline: 2px solid Highlight;
          outline-offset: -2px;
        }
        .count {
          border: 1px solid CanvasText;
        }
      }
    `,
  ];

  /** Something else is in the main pane, and the one primary button is there. */
  declare beside: boolean;

  /** Moves the focus to a row, or to the first one. */
  async focusRow(conversation: string | null): Promise<void> {
    await this.updateComplete;
    const rows = this.#rowElements();
    const row = rows.find((element) => element.dataset.conversation === conversation) ?? rows[0];
    row?.focus();
  }

  protected override render(): TemplateResult {
    const { rows, loaded, notice, historyProgress, avatar: look, username } = this.model;
    const compose = html`<a
      class="ib"
      href="/new"
      aria-label=${say('list.new')}
      title=${say('list.new')}
      data-test="new-conversation"
      >${icon('compose')}</a
    >`;
    return html`
      <div class="bar">
        <h1 class="grow"><a class="home" href="/">${wordmark()}</a></h1>
        ${compose}
      </div>
      <slot name="banner"></slot>
      <div class="scroll">
        ${loaded && rows.length === 0 ? this.#empty() : this.#rows(rows)}
      </div>
      ${historyProgress ? html`<p class="progress" data-test="history">${historyProgress}</p>` : nothing}
      ${notice ? this.#notice(notice) : nothing}
      <div class="me">
        ${avatar(look, 's')}
        <span class="grow name cut"><span class="vh">${say('list.you-are')} </span><bdi class="el">${username}</bdi></span>
        <a class="ib" href="/settings" aria-label=${say('list.settings')} title=${say('list.settings')} data-test="settings"
          >${icon('sliders')}</a
        >
      </div>
    `;
  }

  #empty(): TemplateResult {
    return html`<div class="non">
      <h2>${say('list.empty')}</h2>
      <p>${say('list.empty-text')}</p>
      <a class="btn ${this.beside ? '' : 'primary'}" href="/new">${icon('compose')}${say('list.new')}</a>
    </div>`;
  }

  #rows(rows: readonly ConversationRow[]): TemplateResult {
    const stop = Math.max(
      0,
      rows.findIndex((row) => row.current),
    );
    return html`<ul class="rows" @keydown=${this.#key}>
      ${repeat(
        rows,
        (row) => row.id,
        (row, index) => html`<li>${this.#row(row, index === stop)}</li>`,
      )}
    </ul>`;
  }

  #row(row: ConversationRow, tabStop: boolean): TemplateResult {
    const { unread } = row;
    return html`<a
      class="row ${unread > 0 ? 'unread' : ''}"
      href=${row.path}
      tabindex=${tabStop ? 0 : -1}
      aria-current=${row.current ? 'page' : nothing}
      data-test="conversation-row"
      data-conversation=${row.id}
      data-username=${row.name}
    >
      ${avatar(row.avatar)}
      <span>
        <span class="line">
          <span class="name grow cut"><bdi class="el">${row.name}</bdi></span>
          <time title=${row.fullTime}>${row.time}</time>
        </span>
        <span class="line second">
          <span class="preview grow">${this.#preview(row)}</span>
          ${
            unread > 0
              ? html`<span class="count" data-test="unread-count"
                  ><span aria-hidden="true">${unread > 99 ? '99+' : unread}</span
                  ><span class="vh">${say('list.unread', { count: unread })}</span></span
                >`
              : nothing
          }
        </span>
      </span>
    </a>`;
  }

  #preview({ preview }: ConversationRow): TemplateResult {
    if (preview.kind === 'said') return html`<span class="said el">${preview.text}</span>`;
    if (preview.kind === 'draft') {
      return html`<span class="draft">${say('list.draft')}</span><bdi class="el">${preview.text}</bdi>`;
    }
    const spoken = preview.mine ? html`<span class="vh">${say('list.you')}</span>` : nothing;
    const author = preview.author
      ? html`<span class="author">${say('list.author', { name: preview.author })}</span>`
      : nothing;
    return html`${spoken}${author}${preview.mark ? mark(preview.mark) : nothing}<bdi class="el">${preview.text}</bdi>`;
  }

  #notice(notice: ListNotice): TemplateResult {
    return html`<aside class="notice" data-test="notice" data-kind=${notice}>
      <p>${say(`notice.${notice}`)}</p>
      ${
        notice === 'recovery'
          ? html`<a class="btn quiet" href="/recovery-key">${say('notice.recovery-show')}</a>`
          : html`<button class="btn quiet" @click=${() => this.model.dismissStorageNotice()}>
              ${say('notice.storage-dismiss')}
            </button>`
      }
    </aside>`;
  }

  #rowElements(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('.row')];
  }

  #key(event: KeyboardEvent): void {
    const rows = this.#rowElements();
    const at = rows.indexOf((this.shadowRoot?.activeElement ?? null) as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus();
  }
}

customElements.define('sotto-conversation-list', SottoConversationList);
