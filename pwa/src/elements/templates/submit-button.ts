import type { TemplateResult } from 'lit';
import { html } from 'lit';

/**
 * The one primary button of a form. While something is under way it says what; it keeps the focus and its width.
 * @param working what is under way, in words, or null
 */
export function submitButton(label: string, working: string | null): TemplateResult {
  return html`<button
    class="btn primary full tall"
    type="submit"
    data-test="submit"
    aria-busy=${working ? 'true' : 'false'}
    aria-disabled=${working ? 'true' : 'false'}
  >
    <span aria-live="polite">${working ? `${working}…` : label}</span>
  </button>`;
}
