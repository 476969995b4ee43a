import type { TemplateResult } from 'lit';
import { css, html } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { encodeQR } from 'qr';

/** One path with a stroke for each run of dark modules. */
function pathOf(modules: readonly (readonly boolean[])[]): string {
  let path = '';
  for (const [y, row] of modules.entries()) {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      let length = 1;
      while (row[x + length]) length++;
      path += `M${x} ${y}h${length}v1h-${length}z`;
      x += length;
    }
  }
  return path;
}

/**
 * A QR code: dark on light in dark mode too, with its quiet zone.
 * @param text what it says
 * @param label what it is for, for those who listen
 */
export function qrCode(text: string, label: string): TemplateResult {
  return html`<div class="qr" data-test="qr-code">
    ${guard([text, label], () => {
      // The quiet zone is the sheet's: what the encoder puts round it comes off.
      const bordered = encodeQR(text, 'raw', { ecc: 'medium', border: 1 });
      const modules = bordered.slice(1, -1).map((row) => row.slice(1, -1));
      return html`<svg viewBox="0 0 ${modules.length} ${modules.length}" role="img" aria-label=${label}>
        <path d=${pathOf(modules)} />
      </svg>`;
    })}
  </div>`;
}

export const qrCodeStyles = css`
  /* Not of the theme: every scanner reads dark on light. */
  .qr {
    box-sizing: border-box;
    inline-size: min(100%, var(--qr, 220px));
    aspect-ratio: 1;
    padding: 16px;
    border: 1px solid var(--line);
    border-radius: var(--r-2);
    background: #fffefa;
    forced-color-adjust: none;
  }
  .qr svg {
    display: block;
    inline-size: 100%;
    block-size: 100%;
    fill: #221e19;
    shape-rendering: crispEdges;
  }
`;
