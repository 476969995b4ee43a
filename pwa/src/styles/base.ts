import { css } from 'lit';

/** What every element begins with: plain boxes, bare controls, the focus ring, icons. */
export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  h1, h2, h3, p, ul, ol, dl, dd, figure, pre, fieldset, legend {
    margin: 0;
    padding: 0;
    border: 0;
    min-inline-size: 0;
  }
  ul, ol {
    list-style: none;
  }
  h1, h2, h3 {
    font-size: inherit;
    line-height: inherit;
    font-weight: var(--w-title);
  }
  b, strong {
    font-weight: var(--w-title);
  }
  button, input, textarea {
    font: inherit;
    color: inherit;
    letter-spacing: inherit;
    margin: 0;
  }
  button {
    background: none;
    border: 0;
    padding: 0;
    border-radius: 0;
    cursor: pointer;
    text-align: start;
    -webkit-tap-highlight-color: transparent;
  }
  a {
    color: var(--accent);
    text-decoration-thickness: 1px;
    text-underline-offset: 3px;
    -webkit-tap-highlight-color: transparent;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: var(--focus-ring);
    outline-offset: var(--focus-gap);
    border-radius: var(--r-1);
  }
  .vh {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
    user-select: none;
    -webkit-user-select: none;
  }
  .ic {
    inline-size: var(--icon);
    block-size: var(--icon);
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: var(--stroke);
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .ic.s {
    --icon: 16px;
  }
  .ic .f {
    fill: currentColor;
    stroke: none;
  }
  .ic.flip:dir(rtl) {
    transform: scaleX(-1);
  }
  .el {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  /* A name is cut at its own end, whichever way it runs, and stands where the page's lines begin. */
  .cut {
    display: flex;
    min-inline-size: 0;
  }
  /* "9:50 AM" stays itself in a page that runs the other way. */
  time {
    unicode-bidi: plaintext;
  }
  .grow {
    flex: 1;
    min-inline-size: 0;
  }
  .dim {
    color: var(--ink-2);
  }
`;

/** Buttons, icon buttons, fields. */
export const controls = css`
  .btn {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--s-2);
    min-block-size: var(--control-h);
    padding-inline: var(--s-4);
    border: 1px solid var(--control);
    border-radius: var(--r-2);
    color: var(--ink);
    font-size: var(--t-ui);
    line-height: var(--lh-ui);
    font-weight: var(--w-strong);
    text-align: center;
    text-decoration: none;
    transition: background var(--m-fast);
  }
  .btn:focus-visible,
  .ib:focus-visible {
    border-radius: var(--r-2);
  }
  .btn:hover {
    background: var(--hover);
  }
  .btn:active {
    background: var(--pressed);
  }
  .btn.primary {
    background: var(--accent-fill);
    border-color: var(--accent-fill);
    color: var(--on-accent);
  }
  .btn.primary:hover {
    background: var(--accent-fill-2);
    border-color: var(--accent-fill-2);
  }
  .btn.danger {
    border-color: var(--danger);
    color: var(--danger);
  }
  .btn.danger.fill {
    background: var(--danger);
    color: var(--on-danger);
  }
  .btn.quiet {
    border-color: transparent;
    color: var(--accent);
    padding-inline: var(--s-3);
  }
  .btn.quiet.danger {
    color: var(--danger);
  }
  .btn.tall {
    min-block-size: 44px;
  }
  .btn.full {
    inline-size: 100%;
  }
  .btn[aria-disabled='true'] {
    cursor: default;
  }
  .btn.primary[aria-busy='true'] {
    background: var(--accent-fill-2);
    border-color: var(--accent-fill-2);
  }
  .ib {
    position: relative;
    inline-size: var(--touch);
    block-size: var(--touch);
    display: grid;
    place-items: center;
    flex: none;
    border-radius: var(--r-2);
    color: var(--ink-2);
    transition: background var(--m-fast);
  }
  .ib:hover {
    background: var(--hover);
    color: var(--ink);
  }
  .ib:active {
    background: var(--pressed);
  }
  @media (min-width: 900px) and (pointer: fine) {
    .ib {
      --touch: 36px;
    }
  }
  .acts {
    display: flex;
    flex-wrap: wrap;
    gap: var(--s-2);
    align-items: center;
  }
  .fld {
    display: grid;
    gap: 6px;
  }
  .fld label {
    font-size: var(--t-label);
    line-height: var(--lh-label);
    font-weight: var(--w-strong);
    justify-self: start;
  }
  .inp {
    inline-size: 100%;
    min-block-size: max(var(--control-h), 40px);
    padding: 7px var(--s-3);
    border: 1px solid var(--control);
    border-radius: var(--r-2);
    background: var(--paper);
    font-size: var(--t-read);
    line-height: var(--lh-read);
    appearance: none;
  }
  .inp::placeholder {
    color: var(--ink-3);
    opacity: 1;
  }
  .inp:focus-visible {
    outline-offset: -1px;
    border-color: var(--focus);
    border-radius: var(--r-2);
  }
  .inp[aria-invalid='true'] {
    border-color: var(--danger);
  }
  .inp[aria-invalid='true']:focus-visible {
    outline-color: var(--danger);
  }
  .inp.mono {
    font-family: var(--font-code);
    font-variant-ligatures: none;
    letter-spacing: 0.06em;
    text-transform: uppercase;
  }
  /* Chromium paints fields it filled in itself; keep them on paper. */
  .inp:autofill {
    -webkit-text-fill-color: var(--ink);
    box-shadow: inset 0 0 0 40px var(--tint);
  }
  .help {
    font-size: var(--t-label);
    line-height: var(--lh-label);
    color: var(--ink-2);
    text-wrap: pretty;
  }
  .err {
    display: flex;
    gap: 6px;
    align-items: flex-start;
    font-size: var(--t-label);
    line-height: var(--lh-label);
    color: var(--danger);
  }
  .err .ic {
    margin-block-start: 1px;
  }
  /* A place where something may be said: in the tree all the time, in the layout only while it speaks. */
  .said:empty {
    position: absolute;
  }
  .note {
    display: flex;
    gap: var(--s-3);
    align-items: flex-start;
    padding: var(--s-3) var(--s-4);
    border: var(--edge);
    border-radius: var(--r-2);
    color: var(--ink-2);
    text-wrap: pretty;
  }
  @media (forced-colors: active) {
    .btn.primary {
      forced-color-adjust: none;
      background: Highlight;
      border-color: Highlight;
      color: HighlightText;
    }
    .btn[aria-disabled='true'] {
      color: GrayText;
      border-color: GrayText;
    }
  }
`;

/** Pane bars. */
export const bars = css`
  .bar {
    display: flex;
    align-items: center;
    gap: var(--s-1);
    min-block-size: var(--bar-h);
    padding-inline: var(--s-2);
    padding-block-start: env(safe-area-inset-top);
    border-block-end: var(--edge);
    flex: none;
  }
  .bar .ttl {
    font-size: var(--t-title);
    line-height: var(--lh-title);
    font-weight: var(--w-title);
    letter-spacing: -0.01em;
    padding-inline: var(--s-1);
  }
  @media (min-width: 900px) {
    .bar {
      padding-inline: var(--s-4);
    }
    .bar .ttl {
      padding-inline: var(--s-1);
    }
  }
`;
