import type { TemplateResult } from 'lit';
import { html } from 'lit';
import { say } from '../../words/say.js';
import { icon } from './icon.js';

/** The bar of a page that took the place of the conversation: back where there is one pane, close where there are two. */
export function paneBar(title: string, close: () => void): TemplateResult {
  return html`<div class="bar">
    <button
      class="ib narrow"
      aria-label=${say('back.conversations')}
      title=${say('back.conversations')}
      data-test="back"
      @click=${close}
    >
      ${icon('back')}
    </button>
    <h1 class="ttl el grow" tabindex="-1">${title}</h1>
    <button class="ib wide" aria-label=${say('close')} title=${say('close')} @click=${close}>${icon('x')}</button>
  </div>`;
}
