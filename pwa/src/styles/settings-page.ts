import { css } from 'lit';

/** A page in the main pane: bar above, a column of at most 720 below. */
export const settingsPage = css`
  :host {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    background: var(--paper);
    container-type: inline-size;
  }
  .bar .wide {
    display: none;
  }
  @media (min-width: 900px) {
    .bar .narrow {
      display: none;
    }
    .bar .wide {
      display: grid;
    }
  }
  .bar h1:focus-visible {
    outline: none;
  }
  .scroll {
    flex: 1;
    min-block-size: 0;
    overflow: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--line) transparent;
  }
  .page {
    inline-size: 100%;
    max-inline-size: 720px;
    margin-inline: auto;
    padding: var(--s-5) var(--s-4) max(var(--s-16), env(safe-area-inset-bottom));
  }
  @container (min-width: 640px) {
    .page {
      padding: var(--s-8) var(--s-8) var(--s-16);
    }
  }
  .lead {
    color: var(--ink-2);
    max-inline-size: 60ch;
    margin-block-end: var(--s-6);
    font-size: 0.9375rem;
    line-height: 1.5rem;
    text-wrap: pretty;
  }
`;
