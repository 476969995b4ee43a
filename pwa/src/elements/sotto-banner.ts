import type { CSSResultGroup, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { base } from '../styles/base.js';
import type { BannerKind, BannerViewModel } from '../view-models/banner.js';
import { ModelElement } from './model-element.js';
import type { IconName } from './templates/icon.js';
import { icon } from './templates/icon.js';

const ICONS: Readonly<Record<BannerKind, IconName>> = {
  stale: 'warn',
  offline: 'offline',
  back: 'check',
  outdated: 'warn',
  'new-device': 'info',
  update: 'info',
};

const ACTIONS: Readonly<Partial<Record<BannerKind, string>>> = {
  offline: 'reconnect',
  stale: 'to-link-anew',
  'new-device': 'to-devices',
};

const TESTS: Readonly<Partial<Record<BannerKind, string>>> = {
  update: 'update-banner',
  'new-device': 'new-device-banner',
};

/** One line about the connection or this version; its place is always there, so that it is heard when it speaks. */
export class SottoBanner extends ModelElement<BannerViewModel> {
  static override styles: CSSResultGroup = [
    base,
    css`
      :host {
        display: block;
        flex: none;
      }
      .ban {
        display: flex;
        align-items: center;
        gap: var(--s-3);
        padding: var(--s-1) var(--s-4);
        min-block-size: 40px;
        background: var(--sunken);
        color: var(--ink-2);
        border-block-end: var(--edge);
        animation: come var(--m-base) var(--ease);
      }
      .ban.outdated {
        background: var(--warn-tint);
        color: var(--ink);
      }
      .ban.outdated .ic {
        color: var(--warn);
      }
      @media (min-width: 900px) {
        .ban {
          padding-inline: 20px;
        }
      }
      .ban span {
        padding-block: 6px;
      }
      button {
        position: relative;
        color: var(--accent);
        font-weight: var(--w-strong);
        white-space: nowrap;
      }
      button:hover {
        text-decoration: underline;
        text-decoration-thickness: 1px;
        text-underline-offset: 3px;
      }
      button::after {
        content: '';
        position: absolute;
        inset: -12px -8px;
      }
      @keyframes come {
        from {
          opacity: 0;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .ban {
          animation: none;
        }
      }
    `,
  ];

  protected override render(): TemplateResult {
    const { banner } = this.model;
    return html`<div role="status">
      ${
        banner
          ? html`<div
              class="ban ${banner.kind}"
              data-test=${TESTS[banner.kind] ?? 'connection-banner'}
              data-kind=${banner.kind}
            >
              ${icon(ICONS[banner.kind])}<span class="grow">${banner.text}</span>
              ${
                banner.action
                  ? html`<button data-test=${ACTIONS[banner.kind] ?? 'reload'} @click=${() => this.model.act()}>${banner.action}</button>`
                  : nothing
              }
            </div>`
          : nothing
      }
    </div>`;
  }
}

customElements.define('sotto-banner', SottoBanner);
