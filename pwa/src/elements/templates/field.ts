import type { TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import { live } from 'lit/directives/live.js';
import { icon } from './icon.js';

export interface FieldOptions {
  /** Also its id and `data-test`. */
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly type?: 'text' | 'email' | 'password';
  readonly autocomplete?: string;
  readonly help?: string;
  /** What is wrong, in words. */
  readonly problem?: string | null;
  readonly autocapitalize?: 'none' | 'characters' | 'sentences';
  readonly mono?: boolean;
  readonly maxLength?: number;
  readonly inputMode?: 'email' | 'text';
  readonly write: (text: string) => void;
  readonly leave?: () => void;
}

/** A labelled field with its help or what is wrong with it. In a template, so that its form sees the input. */
export function field(options: FieldOptions): TemplateResult {
  const { name, label, value, help, problem = null, mono = false, write, leave } = options;
  const described = problem ? `${name}-problem` : help ? `${name}-help` : undefined;
  return html`<div class="fld">
    <label for=${name}>${label}</label>
    <input
      class="inp ${mono ? 'mono' : ''}"
      id=${name}
      name=${name}
      data-test=${name}
      type=${options.type ?? 'text'}
      dir=${ifDefined(options.type === 'email' ? 'ltr' : undefined)}
      .value=${live(value)}
      autocomplete=${ifDefined(options.autocomplete) as 'on'}
      autocapitalize=${options.autocapitalize ?? 'none'}
      autocorrect="off"
      spellcheck="false"
      inputmode=${ifDefined(options.inputMode)}
      maxlength=${ifDefined(options.maxLength)}
      aria-invalid=${problem ? 'true' : 'false'}
      aria-describedby=${ifDefined(described)}
      @input=${(event: Event) => write((event.target as HTMLInputElement).value)}
      @change=${() => leave?.()}
    />
    ${
      problem
        ? html`<p class="err" id="${name}-problem" data-test="field-error">${icon('warn', 's')}<span>${problem}</span></p>`
        : help
          ? html`<p class="help" id="${name}-help">${help}</p>`
          : nothing
    }
  </div>`;
}

/** What went wrong with the whole form; heard at once. */
export function formProblem(problem: string | null): TemplateResult {
  // Nothing but the part itself inside: while it is :empty it takes no room.
  return html`<div class="said" role="alert">${problem ? html`<p class="err" data-test="form-error">${icon('warn', 's')}<span>${problem}</span></p>` : nothing}</div>`;
}
