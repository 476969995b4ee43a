import type { SVGTemplateResult, TemplateResult } from 'lit';
import { html, svg } from 'lit';

/** 20 px, 1.5 px stroke. */
const ICONS = {
  back: svg`<path d="M12.5 4.5 7 10l5.5 5.5"/>`,
  chev: svg`<path d="M7.5 4.5 13 10l-5.5 5.5"/>`,
  down: svg`<path d="M4.5 7.5 10 13l5.5-5.5"/>`,
  plus: svg`<path d="M10 4v12M4 10h12"/>`,
  compose: svg`<path d="M9.5 4H5.25C4.56 4 4 4.56 4 5.25v9.5c0 .69.56 1.25 1.25 1.25h9.5c.69 0 1.25-.56 1.25-1.25V10.5"/><path d="m8 12 .6-2.6 6.2-6.2 2 2-6.2 6.2z"/>`,
  send: svg`<path d="M10 16V4.5M5 9.5l5-5 5 5"/>`,
  trash: svg`<path d="M4.5 6h11M8 6V4.25h4V6M6 6l.6 9.75h6.8L14 6"/>`,
  copy: svg`<rect x="7.5" y="7.5" width="8.5" height="8.5" rx="1.5"/><path d="M12.5 7.5V5.75c0-.83-.67-1.5-1.5-1.5H5.5c-.83 0-1.5.67-1.5 1.5V11c0 .83.67 1.5 1.5 1.5h2"/>`,
  bell: svg`<path d="M5.5 13.5V9a4.5 4.5 0 0 1 9 0v4.5l1.25 1.5H4.25z"/><path d="M8.5 17.25h3"/>`,
  key: svg`<circle cx="7" cy="12.75" r="3.25"/><path d="m9.3 10.4 6.2-6.15M13 6.7l2 2"/>`,
  auto: svg`<path d="M15.9 8.75A6.1 6.1 0 0 0 5 6.5M4.6 3.75V7h3.3M4.1 11.25A6.1 6.1 0 0 0 15 13.5M15.4 16.25V13h-3.3"/>`,
  user: svg`<circle cx="10" cy="7" r="3"/><path d="M4.25 16.5c.5-2.9 2.8-4.4 5.75-4.4s5.25 1.5 5.75 4.4"/>`,
  download: svg`<path d="M10 4v8.5M6.5 9.25 10 12.75l3.5-3.5M4.5 16h11"/>`,
  check: svg`<path d="m4.5 10.5 3.5 3.5 7.5-8"/>`,
  warn: svg`<path d="M10 3.75 17 16H3z"/><path d="M10 8.25v3.5"/><circle class="f" cx="10" cy="13.75" r=".95"/>`,
  info: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 9.25v4"/><circle class="f" cx="10" cy="6.75" r=".95"/>`,
  x: svg`<path d="m5 5 10 10M15 5 5 15"/>`,
  sliders: svg`<path d="M3.75 6.25h6.5M14.75 6.25h1.5M3.75 13.75h1.5M9.75 13.75h6.5"/><circle cx="12.5" cy="6.25" r="2"/><circle cx="7.5" cy="13.75" r="2"/>`,
  out: svg`<path d="M8 4.25H5.25c-.55 0-1 .45-1 1v9.5c0 .55.45 1 1 1H8M12.25 6.5l3.5 3.5-3.5 3.5M8.25 10h7.5"/>`,
  block: svg`<circle cx="10" cy="10" r="6.75"/><path d="m5.25 5.25 9.5 9.5"/>`,
  offline: svg`<path d="M6.2 8.1A3.45 3.45 0 0 0 6.5 15h7.25M8.3 5.9a4.4 4.4 0 0 1 6 3.2 3 3 0 0 1 1.95 4.65M3.5 3.5l13 13"/>`,
  theme: svg`<circle cx="10" cy="10" r="6.75"/><path class="f" d="M10 3.25a6.75 6.75 0 0 1 0 13.5z"/>`,
  print: svg`<path d="M6 7.5V3.75h8V7.5M6 13.5H4.5a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1h11a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1H14"/><path d="M6 11.5h8v4.75H6z"/>`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof ICONS;

/** Those that point somewhere, and point the other way where the page runs from right to left. */
const DIRECTED: ReadonlySet<IconName> = new Set(['back', 'chev', 'out']);

/** An icon beside words, or in a button that has a label: hidden from those who listen. */
export function icon(name: IconName, size: 'm' | 's' = 'm'): TemplateResult {
  const classes = `ic${size === 's' ? ' s' : ''}${DIRECTED.has(name) ? ' flip' : ''}`;
  return html`<svg class=${classes} viewBox="0 0 20 20" aria-hidden="true">${ICONS[name]}</svg>`;
}
