import type { TemplateResult } from 'lit';
import { html } from 'lit';

export interface SubmitLook {
  /** As wide as the form, on pages outside the app; else as wide as its words. */
  readonly wide?: boolean;
  readonly danger?: boolean;
  /** There is nothing to send yet. */
  readonly off?: boolean;
}

/**
 * The one primary button of a form. While something is under way it says what; it keeps the focus and its width.
 * @param working what is under way, in words, or null
 */
export function submitButton(
  label: string,
  working: string | null,
  { wide = true, danger = false, off = false }: SubmitLook = {},
): TemplateResult {
  return html`<button
    class="btn ${danger ? 'danger' : 'primary'} ${wide ? 'full tall' : ''}"
    type="submit"
    data-test="submit"
    aria-busy=${working ? 'true' : 'false'}
    aria-disabled=${working || off ? 'true' : 'false'}
  >
    <span aria-live="polite">${working ? `${working}…` : label}</span>
  </button>`;
}
