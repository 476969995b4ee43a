import { css } from 'lit';

/** A question above the page. */
export const dialogStyles = css`
  dialog {
    inline-size: min(420px, 100% - 2 * var(--s-4));
    padding: var(--s-6);
    border: 0;
    border-radius: var(--r-3);
    background: var(--raised);
    color: var(--ink);
    box-shadow: var(--lift);
  }
  dialog::backdrop {
    background: var(--scrim);
  }
  dialog h2 {
    margin: 0 0 var(--s-3);
    font-size: var(--t-title);
    line-height: var(--lh-title);
    text-wrap: balance;
    overflow-wrap: anywhere;
  }
  dialog p {
    text-wrap: pretty;
  }
  dialog p:not(.err) {
    color: var(--ink-2);
  }
  dialog .lost {
    margin-block-start: var(--s-3);
    font-size: var(--t-ui);
    line-height: var(--lh-ui);
  }
  dialog form {
    display: grid;
    gap: var(--s-4);
  }
  dialog .fld {
    margin-block-start: var(--s-4);
  }
  dialog form .fld {
    margin: 0;
  }
  dialog .acts {
    margin-block-start: var(--s-6);
    justify-content: flex-end;
  }
  dialog form .acts {
    margin-block-start: var(--s-2);
  }
  @media (forced-colors: active) {
    dialog {
      border: 1px solid CanvasText;
    }
  }
`;
