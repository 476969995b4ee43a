import type { TemplateResult } from 'lit';
import { html } from 'lit';
import { say } from '../../words/pages.js';
import { icon } from './icon.js';

/**
 * The bar of a page that took the place of the conversation: back where there is one pane, close where there are two.
 * @param more what stands at its end
 */
export function paneBar(
  title: string,
  close: () => void,
  more: TemplateResult | string = '',
): TemplateResult {
  return html`<div class="bar">
    <button class="ib narrow" aria-label=${say('back')} title=${say('back')} data-test="back" @click=${close}>
      ${icon('back')}
    </button>
    <h1 class="ttl el grow" tabindex="-1">${title}</h1>
    ${more}
    <button class="ib wide" aria-label=${say('close')} title=${say('close')} data-test="close" @click=${close}>${icon('x')}</button>
  </div>`;
}
