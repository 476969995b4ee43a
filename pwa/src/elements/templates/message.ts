import type { ToldChange } from '@sotto/client';
import type { EventId } from '@sotto/protocol';
import type { TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import type { TextPart } from '../../view-models/message-text.js';
import type { MessageRow, TranscriptRow } from '../../view-models/transcript-rows.js';
import { say } from '../../words/say.js';
import { avatar } from './avatar.js';
import type { IconName } from './icon.js';
import { icon } from './icon.js';
import { mark } from './mark.js';

export interface MessageActions {
  /** Where it says who can read along. */
  readonly readersPath: string;
  readonly retry: (event: EventId) => void;
  readonly discard: (event: EventId) => void;
}

/** One row of the transcript. In templates, not elements: a selection can then run over many messages. */
export function transcriptRow(row: TranscriptRow, actions: MessageActions): TemplateResult {
  switch (row.kind) {
    case 'message':
      return message(row, actions);
    case 'day':
      return html`<div class="day" data-key=${row.key} data-test="day" role="separator" aria-label=${row.label}>
        ${row.label}
      </div>`;
    case 'unread':
      return html`<div class="new" data-key=${row.key} data-test="unread-line" role="separator" aria-label=${row.label}>
        ${row.label}
      </div>`;
    case 'waiting':
      return html`<div class="item first waiting" data-key=${row.key} data-test="waiting-for-key">
        <div class="body"><p class="quietly">${icon('key', 's')}<span>${say('conversation.waiting')}</span></p></div>
        <div class="meta s e"><time title=${row.fullTime}>${row.time}</time></div>
      </div>`;
    case 'change':
      return html`<div class="system" data-key=${row.key} data-test="change" data-change=${row.type}>
        ${icon(CHANGE_ICONS[row.type] ?? 'users')}
        <p>
          ${row.text}${
            row.readers
              ? html` <a class="plain" href=${actions.readersPath}>${say('change.see-readers')}</a>`
              : nothing
          }
        </p>
        <time title=${row.fullTime}>${row.time}</time>
      </div>`;
    case 'missing':
      return html`<div class="system" data-key=${row.key} data-test="missing">
        ${icon('warn')}
        <p>${row.text}</p>
        <time title=${row.fullTime}>${row.time}</time>
      </div>`;
    case 'unreadable':
      return html`<div class="system" data-key=${row.key} data-test="unreadable">
        ${icon('info')}<p>${say('conversation.unreadable', { count: row.count })}</p>
      </div>`;
  }
}

const CHANGE_ICONS: Readonly<Partial<Record<ToldChange['type'], IconName>>> = {
  'device-added': 'laptop',
  'device-removed': 'laptop',
  'identity-changed': 'warn',
  past: 'info',
  renamed: 'info',
};

function message(row: MessageRow, actions: MessageActions): TemplateResult {
  const { id, mine, author, startsGroup, startsRun, endsRun, emojiOnly } = row;
  const failed = row.mark === 'failed';
  const classes = `item ${mine ? 'own' : ''} ${startsGroup ? 'first' : ''} ${emojiOnly ? 'bare' : ''}`;
  return html`<div
    class=${classes}
    data-key=${row.key}
    data-test="message"
    data-event=${id}
    data-mine=${mine}
    data-mark=${row.mark ?? nothing}
  >
    ${author ? avatar(author.avatar, 's') : nothing}
    <div class="body">
      ${
        author
          ? html`<p class="hd cut"><bdi class="el" data-test="author">${author.name}</bdi><span class="vh">:</span></p>`
          : html`<span class="vh">${row.says}</span>`
      }
      <div class="msg ${emojiOnly ? 'emo' : ''}">
        <div class="text" dir="auto" data-test="message-text">${row.parts.map(part)}</div>
      </div>
      ${failed ? failure(row, actions) : nothing}
    </div>
    ${
      startsRun || endsRun
        ? html`<div class="meta ${startsRun ? 's' : ''} ${endsRun ? 'e' : ''}" aria-live="off">
            <time title=${row.fullTime}>${row.time}</time>${row.mark ? mark(row.mark) : nothing}
          </div>`
        : nothing
    }
  </div>`;
}

function failure({ id, failure: words }: MessageRow, actions: MessageActions): TemplateResult {
  return html`<p class="sub">
    <span class="why">${say('failed.text')}${words ? ` ${words}` : ''}</span>
    <button data-test="retry" @click=${() => actions.retry(id)}>${say('failed.retry')}</button>
    <button data-test="discard" @click=${() => actions.discard(id)}>${say('failed.discard')}</button>
  </p>`;
}

function part(one: TextPart): TemplateResult | string {
  switch (one.kind) {
    case 'text':
      return one.text;
    case 'link':
      return html`<a href=${one.href} target="_blank" rel="noopener noreferrer" dir="auto">${one.text}</a>`;
    case 'code':
      return html`<code dir="ltr">${one.text}</code>`;
    case 'block':
      return html`<pre dir="ltr" tabindex="0"><code>${one.text}</code></pre>`;
  }
}

export const messageStyles = css`
  .item {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    margin-block-start: var(--s-1);
  }
  .item.first {
    margin-block-start: var(--s-5);
  }
  .body {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    min-inline-size: 0;
    position: relative;
  }
  .msg {
    max-inline-size: min(100%, var(--measure));
    padding-block: 2px;
    font-size: var(--t-read);
    line-height: var(--lh-read);
  }
  /* Inside the tint: the margin follows the page's direction, the words their own. */
  .text {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    text-wrap: pretty;
  }
  .own .body {
    align-items: flex-end;
  }
  .own .msg {
    max-inline-size: min(68cqi, var(--measure));
    padding: var(--s-2) var(--s-3);
    background: var(--tint);
    border-radius: var(--r-2);
  }
  .own.bare .msg {
    padding: 0;
    background: none;
  }
  .emo {
    font-size: var(--t-emoji);
    line-height: var(--lh-emoji);
  }
  .text > code {
    font-family: var(--font-code);
    font-size: 0.875em;
    font-variant-ligatures: none;
    unicode-bidi: isolate;
    background: var(--sunken);
    border-radius: var(--r-1);
    padding: 1px 4px;
    box-decoration-break: clone;
    -webkit-box-decoration-break: clone;
  }
  .own .text > code {
    background: var(--tint-2);
  }
  .msg pre {
    margin-block: 6px;
    padding: var(--s-2) var(--s-3);
    border: var(--edge);
    border-radius: var(--r-2);
    background: var(--sunken);
    font: var(--t-code) / var(--lh-code) var(--font-code);
    font-variant-ligatures: none;
    tab-size: 2;
    overflow: auto;
    scrollbar-width: thin;
    scrollbar-color: var(--line) transparent;
    text-align: left;
    text-wrap: initial;
    white-space: pre;
    max-block-size: 24rem;
  }
  .own .msg pre {
    border-color: var(--tint-2);
    background: var(--paper);
  }
  .msg pre code {
    all: unset;
    overflow-wrap: normal;
  }
  .msg pre:focus-visible {
    outline-offset: 0;
    border-radius: var(--r-2);
  }
  .own .msg a {
    color: inherit;
    text-decoration-color: var(--accent);
  }
  .meta {
    display: flex;
    align-items: center;
    gap: 6px;
    margin-block-start: var(--s-1);
    color: var(--ink-3);
    font-size: var(--t-caption);
    line-height: var(--lh-caption);
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .own .meta {
    justify-content: flex-end;
  }
  .meta:not(.e) {
    display: none;
  }
  .sub {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px var(--s-3);
    margin-block-start: var(--s-1);
    color: var(--ink-3);
    font-size: var(--t-label);
    line-height: var(--lh-label);
  }
  .own .sub {
    justify-content: flex-end;
  }
  .sub .why {
    color: var(--danger);
  }
  .sub button {
    position: relative;
    color: var(--accent);
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 3px;
  }
  .sub button::after {
    content: '';
    position: absolute;
    inset: -13px -5px;
  }
  .quietly {
    display: flex;
    align-items: center;
    gap: var(--s-2);
    padding-block: 2px;
    color: var(--ink-3);
    font-size: var(--t-ui);
    line-height: var(--lh-ui);
  }
  .system {
    display: flex;
    gap: var(--s-2);
    align-items: flex-start;
    margin-block-start: var(--s-5);
    padding-block: var(--s-3);
    border-block: var(--edge);
    color: var(--ink-2);
    text-wrap: pretty;
  }
  .system p {
    flex: 1;
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .system .ic,
  .system .av {
    inline-size: 28px;
  }
  .system a {
    position: relative;
    white-space: nowrap;
  }
  .system a::after {
    content: '';
    position: absolute;
    inset: -14px -6px;
  }
  .system time {
    padding-block-start: 2px;
    color: var(--ink-3);
    font-size: var(--t-caption);
    line-height: var(--lh-caption);
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .system + .system {
    margin-block-start: 0;
    border-block-start: 0;
  }
  .hd {
    max-inline-size: 100%;
    margin-block: 2px;
    padding-inline-end: calc(var(--meta, 72px) - 20px);
    font-size: var(--t-ui);
    line-height: var(--lh-read);
    font-weight: var(--w-title);
  }
  /* In a group: avatars in a gutter, and the time on the name's line where there is no margin for it. */
  .many .item:not(.own) {
    grid-template-columns: 28px minmax(0, 1fr) auto;
    column-gap: var(--s-2);
  }
  .many .item:not(.own) > .av {
    grid-area: 1 / 1;
  }
  .many .item:not(.own) > .body {
    grid-area: 1 / 2 / 2 / -1;
  }
  .many .item:not(.own) > .meta {
    grid-area: 1 / 3;
    align-self: start;
    margin: 0;
    padding-block-start: 6px;
  }
  .many .item:not(.own) > .meta.s {
    display: flex;
  }
  .many .item:not(.own) > .meta:not(.s) {
    display: none;
  }
  .day,
  .new {
    display: flex;
    align-items: center;
    font-size: var(--t-caption);
    line-height: var(--lh-caption);
  }
  .day {
    gap: var(--s-3);
    margin-block: var(--s-6) var(--s-4);
    color: var(--ink-3);
  }
  .day::before,
  .day::after {
    content: '';
    flex: 1;
    border-block-start: var(--edge);
  }
  .new {
    gap: var(--s-2);
    margin-block: var(--s-5) var(--s-3);
    color: var(--accent);
    font-weight: var(--w-title);
    font-variant-numeric: tabular-nums;
  }
  .new::after {
    content: '';
    flex: 1;
    border-block-start: 1px solid var(--accent);
  }
  .day + .item.first,
  .new + .item.first {
    margin-block-start: 0;
  }
  @container (min-width: 640px) {
    .item {
      grid-template-columns: minmax(0, 1fr) var(--meta, 72px);
      column-gap: var(--s-4);
    }
    .meta {
      justify-content: flex-end;
      align-self: start;
      margin: 0;
      padding-block-start: 6px;
    }
    .meta:not(.e) {
      display: flex;
    }
    .meta:not(.s) {
      display: none;
    }
    .own .meta {
      padding-block-start: 12px;
    }
    .bare .meta {
      padding-block-start: 14px;
    }
    .own .body {
      align-items: flex-start;
    }
    .own .msg {
      margin-inline-start: -12px;
      max-inline-size: min(68cqi, calc(var(--measure) + 24px), 100% + 12px);
    }
    .own.bare .msg {
      margin-inline-start: 0;
    }
    .own .sub {
      justify-content: flex-start;
    }
  }
  @container (min-width: 640px) {
    .system {
      gap: var(--s-3);
    }
    .hd {
      padding-inline-end: 0;
    }
    .many .item,
    .many .item:not(.own) {
      grid-template-columns: 28px minmax(0, 1fr) var(--meta, 72px);
      column-gap: var(--s-3);
    }
    .many .item > .body,
    .many .item:not(.own) > .body {
      grid-area: 1 / 2;
    }
    .many .item > .meta {
      grid-area: 1 / 3;
    }
  }
  @media (forced-colors: active) {
    .own:not(.bare) .msg {
      border: 1px solid CanvasText;
    }
    .text > code {
      border: 1px solid CanvasText;
    }
  }
`;
