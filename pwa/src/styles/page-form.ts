import { css } from 'lit';

/** A form on a page in the main pane. */
export const pageForm = css`
  form.narrow,
  .narrow-column {
    display: grid;
    gap: var(--s-5);
    max-inline-size: 440px;
    justify-items: start;
  }
  form.narrow > .fld {
    inline-size: 100%;
  }
  .ok {
    display: flex;
    gap: var(--s-2);
    align-items: flex-start;
    color: var(--accent);
    font-weight: var(--w-strong);
    margin-block-end: var(--s-5);
  }
  .ok:empty {
    display: none;
  }
`;
