import type { SVGTemplateResult, TemplateResult } from 'lit';
import { html, svg } from 'lit';

/** 20 px, 1.5 px stroke. Those that only pages need, which are loaded when they are shown, stand in `page-icon.ts`. */
const ICONS = {
  back: svg`<path d="M12.5 4.5 7 10l5.5 5.5"/>`,
  chev: svg`<path d="M7.5 4.5 13 10l-5.5 5.5"/>`,
  down: svg`<path d="M4.5 7.5 10 13l5.5-5.5"/>`,
  compose: svg`<path d="M9.5 4H5.25C4.56 4 4 4.56 4 5.25v9.5c0 .69.56 1.25 1.25 1.25h9.5c.69 0 1.25-.56 1.25-1.25V10.5"/><path d="m8 12 .6-2.6 6.2-6.2 2 2-6.2 6.2z"/>`,
  send: svg`<path d="M10 16V4.5M5 9.5l5-5 5 5"/>`,
  key: svg`<circle cx="7" cy="12.75" r="3.25"/><path d="m9.3 10.4 6.2-6.15M13 6.7l2 2"/>`,
  warn: svg`<path d="M10 3.75 17 16H3z"/><path d="M10 8.25v3.5"/><circle class="f" cx="10" cy="13.75" r=".95"/>`,
  info: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 9.25v4"/><circle class="f" cx="10" cy="6.75" r=".95"/>`,
  x: svg`<path d="m5 5 10 10M15 5 5 15"/>`,
  sliders: svg`<path d="M3.75 6.25h6.5M14.75 6.25h1.5M3.75 13.75h1.5M9.75 13.75h6.5"/><circle cx="12.5" cy="6.25" r="2"/><circle cx="7.5" cy="13.75" r="2"/>`,
  offline: svg`<path d="M6.2 8.1A3.45 3.45 0 0 0 6.5 15h7.25M8.3 5.9a4.4 4.4 0 0 1 6 3.2 3 3 0 0 1 1.95 4.65M3.5 3.5l13 13"/>`,
  check: svg`<path d="m4.5 10.5 3.5 3.5 7.5-8"/>`,
  users: svg`<circle cx="7.5" cy="7.25" r="2.75"/><path d="M2.5 16c.4-2.7 2.3-4.1 5-4.1s4.6 1.4 5 4.1"/><path d="M12.75 4.7a2.75 2.75 0 0 1 0 5.1M14.25 12.2c1.8.5 2.9 1.8 3.25 3.8"/>`,
  verified: svg`<path d="m10 3.25 5.75 2v4.5c0 3.2-2.3 5.7-5.75 7-3.45-1.3-5.75-3.8-5.75-7v-4.5z"/><path d="m7.4 9.9 1.9 1.9 3.4-3.6"/>`,
  laptop: svg`<rect x="4.25" y="4.5" width="11.5" height="8" rx="1.25"/><path d="M2.75 15.5h14.5"/>`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof ICONS;
export type IconSize = 'm' | 's';

/** Those that point somewhere, and point the other way where the page runs from right to left. */
const DIRECTED: ReadonlySet<IconName> = new Set(['back', 'chev']);

/** An icon beside words, or in a button that has a label: hidden from those who listen. */
export function icon(name: IconName, size: IconSize = 'm'): TemplateResult {
  return drawIcon(ICONS[name], size, DIRECTED.has(name));
}

/** @param directed it points somewhere, and turns round with the page */
export function drawIcon(shape: SVGTemplateResult, size: IconSize, directed: boolean): TemplateResult {
  const classes = `ic${size === 's' ? ' s' : ''}${directed ? ' flip' : ''}`;
  return html`<svg class=${classes} viewBox="0 0 20 20" aria-hidden="true">${shape}</svg>`;
}
