import type { SVGTemplateResult, TemplateResult } from 'lit';
import { svg } from 'lit';
import type { IconSize } from './icon.js';
import { drawIcon } from './icon.js';

const ICONS = {
  plus: svg`<path d="M10 4v12M4 10h12"/>`,
  trash: svg`<path d="M4.5 6h11M8 6V4.25h4V6M6 6l.6 9.75h6.8L14 6"/>`,
  copy: svg`<rect x="7.5" y="7.5" width="8.5" height="8.5" rx="1.5"/><path d="M12.5 7.5V5.75c0-.83-.67-1.5-1.5-1.5H5.5c-.83 0-1.5.67-1.5 1.5V11c0 .83.67 1.5 1.5 1.5h2"/>`,
  download: svg`<path d="M10 4v8.5M6.5 9.25 10 12.75l3.5-3.5M4.5 16h11"/>`,
  print: svg`<path d="M6 7.5V3.75h8V7.5M6 13.5H4.5a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1h11a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1H14"/><path d="M6 11.5h8v4.75H6z"/>`,
  out: svg`<path d="M8 4.25H5.25c-.55 0-1 .45-1 1v9.5c0 .55.45 1 1 1H8M12.25 6.5l3.5 3.5-3.5 3.5M8.25 10h7.5"/>`,
  edit: svg`<path d="m4.5 15.5.7-3.1 8-8 2.4 2.4-8 8z"/>`,
  lock: svg`<rect x="4.75" y="9" width="10.5" height="7.5" rx="1.5"/><path d="M7 9V6.75a3 3 0 0 1 6 0V9"/>`,
  phone: svg`<rect x="6" y="3" width="8" height="14" rx="1.75"/><path d="M9.25 14.5h1.5"/>`,
  agent: svg`<rect x="3.75" y="4" width="12.5" height="5" rx="1.25"/><rect x="3.75" y="11" width="12.5" height="5" rx="1.25"/><circle class="f" cx="6.75" cy="6.5" r=".95"/><circle class="f" cx="6.75" cy="13.5" r=".95"/>`,
  qr: svg`<rect x="3.75" y="3.75" width="4.5" height="4.5" rx=".75"/><rect x="11.75" y="3.75" width="4.5" height="4.5" rx=".75"/><rect x="3.75" y="11.75" width="4.5" height="4.5" rx=".75"/><path d="M11.75 11.75h2v2M16.25 11.75v.01M11.75 16.25h.01M14 16.25h2.25V14.5"/>`,
  link: svg`<path d="m8.25 11.75 3.5-3.5M9.25 6l1.4-1.4a3.36 3.36 0 0 1 4.75 4.75L14 10.75M10.75 14l-1.4 1.4A3.36 3.36 0 0 1 4.6 10.65L6 9.25"/>`,
  clock: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 6.25V10l2.5 1.75"/>`,
  image: svg`<rect x="3.25" y="4.25" width="13.5" height="11.5" rx="1.5"/><circle cx="7.25" cy="8" r="1.25"/><path d="m3.5 14 4-3.5 2.5 2.25L13 9.5l3.5 3.25"/>`,
} satisfies Record<string, SVGTemplateResult>;

export type PageIconName = keyof typeof ICONS;

/** Like `icon` of `icon.ts`, for what only pages need. */
export function pageIcon(name: PageIconName, size: IconSize = 'm'): TemplateResult {
  return drawIcon(ICONS[name], size, name === 'out');
}
