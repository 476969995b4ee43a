import type { DeliveryMark } from '@sotto/client';
import type { TemplateResult } from 'lit';
import { css, html, svg } from 'lit';
import { say } from '../../words/say.js';

/** Shape before colour: each can be told without either colour or words. */
const SHAPES = {
  queued: svg`<circle cx="9" cy="7" r="5"/><path d="M9 4.4V7l1.8 1.3"/>`,
  sent: svg`<path d="m4.8 7.4 3 3 6-7"/>`,
  delivered: svg`<path d="m1.8 7.4 3 3 6-7M8.4 9.9l.5.5 6-7"/>`,
  read: svg`<circle cx="9" cy="7" r="6"/><path d="m6.3 7.2 1.9 1.9 3.5-4"/>`,
  failed: svg`<circle cx="9" cy="7" r="5.25"/><path d="M9 4.4v3M9 9.5v.01"/>`,
} as const;

/** A delivery mark, named for those who listen. */
export function mark(state: DeliveryMark): TemplateResult {
  return html`<svg
    class="dm ${state}"
    viewBox="0 0 18 14"
    role="img"
    aria-label=${say(`mark.${state}`)}
    data-test="mark"
    data-mark=${state}
  >
    <title>${say(`mark.${state}`)}</title>
    ${SHAPES[state]}
  </svg>`;
}

export const markStyles = css`
  .dm {
    inline-size: 1.125rem;
    block-size: 0.875rem;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.5;
    stroke-linecap: round;
    stroke-linejoin: round;
    flex: none;
  }
  .dm.read {
    color: var(--accent);
  }
  .dm.read circle {
    fill: currentColor;
    stroke: none;
  }
  .dm.read path {
    stroke: var(--mark-ground, var(--paper));
  }
  .dm.failed {
    color: var(--danger);
  }
  @media (forced-colors: active) {
    .dm {
      color: CanvasText !important;
      forced-color-adjust: none;
    }
    .dm.read path {
      stroke: Canvas;
    }
  }
`;
