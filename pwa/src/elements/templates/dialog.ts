import type { TemplateResult } from 'lit';
import { html } from 'lit';
import { say } from '../../words/pages.js';
import { formProblem } from './field.js';

export interface QuestionOptions {
  readonly title: string;
  readonly text: TemplateResult | string;
  /** What the button that does it says. */
  readonly confirm: string;
  readonly danger?: boolean;
  /** What is under way, in words. */
  readonly working?: string | null;
  readonly problem: string | null;
  /** Fields of the form, if there is something to type. */
  readonly fields?: TemplateResult;
  readonly act: () => void;
  readonly cancel: () => void;
}

/** A question before something is done, with a way back. Its element opens it with `openDialogs` after drawing. */
export function question(options: QuestionOptions): TemplateResult {
  const { title, text, confirm, danger = false, working = null, problem, fields, act, cancel } = options;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!working) act();
  };
  return html`<dialog aria-labelledby="question" @close=${cancel} @keydown=${stopEscape}>
    <form @submit=${submit} novalidate>
      <div>
        <h2 id="question">${title}</h2>
        ${typeof text === 'string' ? html`<p>${text}</p>` : text}
      </div>
      ${fields ?? ''}
      ${formProblem(problem)}
      <div class="acts">
        <button class="btn" type="button" ?autofocus=${!fields} data-test="cancel" @click=${cancel}>${say('cancel')}</button>
        <button
          class="btn ${danger ? 'danger fill' : 'primary'}"
          type="submit"
          data-test="confirm"
          aria-busy=${working ? 'true' : 'false'}
          aria-disabled=${working ? 'true' : 'false'}
        >
          <span aria-live="polite">${working ? `${working}…` : confirm}</span>
        </button>
      </div>
    </form>
  </dialog>`;
}

/** Shows what was drawn as a dialog and is not open yet. */
export function openDialogs(root: ParentNode): void {
  for (const dialog of root.querySelectorAll('dialog')) if (!dialog.open) dialog.showModal();
}

/** Escape closes the dialog, and not the page under it. */
export function stopEscape(event: KeyboardEvent): void {
  if (event.key === 'Escape') event.stopPropagation();
}
