import { css } from 'lit';

/** Pages without panes: sign-in, sign-up, recovery. A centred column on paper. */
export const sheet = css`
  :host {
    display: grid;
    min-block-size: 100%;
    background: var(--paper);
    padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left);
  }
  .sheet {
    inline-size: 100%;
    max-inline-size: 420px;
    margin: auto;
    padding: var(--s-8) var(--s-5) var(--s-10);
    display: grid;
    gap: var(--s-5);
  }
  .sheet.wide {
    max-inline-size: 560px;
  }
  .sheet h1 {
    text-wrap: balance;
    font-size: var(--t-head);
    line-height: var(--lh-head);
    letter-spacing: -0.015em;
  }
  .sheet h1:focus-visible {
    outline: none;
  }
  .head {
    display: grid;
    gap: 6px;
  }
  .head p {
    color: var(--ink-2);
    text-wrap: pretty;
    overflow-wrap: anywhere;
  }
  .brand {
    display: grid;
    gap: 6px;
    justify-items: start;
    margin-block-end: var(--s-1);
  }
  .wm {
    block-size: 26px;
    inline-size: auto;
    display: block;
    fill: currentColor;
  }
  .hairpin {
    stroke: currentColor;
    stroke-width: 1.25;
    fill: none;
    stroke-linejoin: round;
  }
  .hairpin:dir(rtl) {
    transform: scaleX(-1);
  }
  form {
    display: grid;
    gap: var(--s-5);
  }
  .other {
    color: var(--ink-2);
  }
  .other a {
    position: relative;
    font-weight: var(--w-strong);
  }
  .other a::after {
    content: '';
    position: absolute;
    inset: -12px -6px;
  }
`;
