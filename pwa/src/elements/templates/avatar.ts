import type { TemplateResult } from 'lit';
import { css, html } from 'lit';
import type { AvatarLook } from '../../view-models/avatar.js';

/** A person or a group, by initials. The name stands beside it, so it is hidden from those who listen. */
export function avatar(
  { initials, colour, square }: AvatarLook,
  size: 's' | 'm' | 'l' = 'm',
): TemplateResult {
  return html`<span class="av c${colour} ${size} ${square ? 'square' : ''}" aria-hidden="true">${initials}</span>`;
}

export const avatarStyles = css`
  .av {
    --av: var(--av-m);
    inline-size: var(--av);
    block-size: var(--av);
    border-radius: 50%;
    display: grid;
    place-items: center;
    flex: none;
    font-size: calc(var(--av) * 0.36);
    line-height: 1;
    font-weight: var(--w-strong);
    letter-spacing: 0.01em;
    user-select: none;
    -webkit-user-select: none;
  }
  .av.square {
    border-radius: var(--r-2);
  }
  .av.s {
    --av: var(--av-s);
  }
  .av.l {
    --av: var(--av-l);
  }
  .av.c1 { background: var(--av-1); color: var(--av-1-ink); }
  .av.c2 { background: var(--av-2); color: var(--av-2-ink); }
  .av.c3 { background: var(--av-3); color: var(--av-3-ink); }
  .av.c4 { background: var(--av-4); color: var(--av-4-ink); }
  .av.c5 { background: var(--av-5); color: var(--av-5-ink); }
  .av.c6 { background: var(--av-6); color: var(--av-6-ink); }
  @media (forced-colors: active) {
    .av {
      border: 1px solid CanvasText;
    }
  }
`;
