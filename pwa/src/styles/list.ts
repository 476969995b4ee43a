import { css } from 'lit';

/** Lists of settings, people and devices: rows between hairlines. */
export const listStyles = css`
  .page h2 {
    margin-block: var(--s-8) var(--s-2);
    font-size: var(--t-title);
    line-height: var(--lh-title);
    letter-spacing: -0.005em;
  }
  .list {
    border-block-start: var(--edge);
  }
  .item {
    display: flex;
    align-items: center;
    gap: var(--s-3) var(--s-4);
    min-block-size: 64px;
    padding-block: var(--s-3);
    border-block-end: var(--edge);
    color: inherit;
    text-decoration: none;
  }
  .item .text {
    flex: 1;
    min-inline-size: 0;
  }
  .item .help {
    overflow-wrap: anywhere;
  }
  .item .btn {
    flex: none;
  }
  .item > .ic {
    color: var(--ink-3);
  }
  a.item:hover {
    background: linear-gradient(var(--hover), var(--hover));
  }
  a.item:focus-visible {
    outline-offset: -2px;
  }
  @container (max-width: 440px) {
    .item.stacks {
      flex-wrap: wrap;
    }
    .item.stacks .text {
      flex-basis: 100%;
    }
  }
  .tag {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    flex: none;
    min-block-size: 18px;
    padding-inline: 5px;
    border: 1px solid var(--line);
    border-radius: var(--r-1);
    color: var(--ink-2);
    font-size: var(--t-caption);
    line-height: var(--lh-caption);
    white-space: nowrap;
  }
  .tag.new {
    color: var(--accent);
    border-color: currentColor;
  }
  .tag.agent {
    color: var(--warn);
    border-color: currentColor;
  }
  .sq {
    inline-size: 40px;
    block-size: 40px;
    display: grid;
    place-items: center;
    flex: none;
    border: 1px solid var(--control);
    border-radius: var(--r-2);
    color: var(--ink-2);
  }
  .switch {
    position: relative;
    flex: none;
    inline-size: 38px;
    block-size: 22px;
    margin-inline: 3px;
    border: 1.5px solid var(--control);
    border-radius: var(--r-round);
    transition: background var(--m-base);
  }
  .switch::before {
    content: '';
    position: absolute;
    inset: -12px -5px;
  }
  .switch::after {
    content: '';
    position: absolute;
    inset-block-start: 3px;
    inset-inline-start: 3px;
    inline-size: 13px;
    block-size: 13px;
    border-radius: 50%;
    background: var(--control);
    transition: inset-inline-start var(--m-base) var(--ease);
  }
  .switch[aria-checked='true'] {
    background: var(--accent-fill);
    border-color: var(--accent-fill);
  }
  .switch[aria-checked='true']::after {
    inset-inline-start: 19px;
    background: var(--on-accent);
  }
  .switch:focus-visible {
    border-radius: var(--r-round);
  }
  .switch[aria-disabled='true'] {
    border-color: var(--line);
    cursor: default;
  }
  .switch[aria-disabled='true']::after {
    background: var(--ink-off);
  }
  @media (forced-colors: active) {
    .switch[aria-checked='true'] {
      forced-color-adjust: none;
      background: Highlight;
    }
  }
`;
