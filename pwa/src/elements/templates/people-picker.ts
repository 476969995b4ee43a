import type { TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { PeoplePickerViewModel } from '../../view-models/people-picker.js';
import { say } from '../../words/pages.js';
import { avatar } from './avatar.js';
import { field } from './field.js';

/** Choosing people: a field for an exact username, and those one writes with. */
export function peoplePicker(picker: PeoplePickerViewModel, focusField: () => void): TemplateResult {
  const add = async () => {
    await picker.add();
    focusField();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.isComposing || !picker.username.trim()) return;
    event.preventDefault(); // Adds the person, and does not send the form yet.
    void add();
  };
  const { rows } = picker;
  return html`<div class="people">
    <div class="by-name" @keydown=${key}>
      ${field({
        name: 'username',
        label: say('people.username'),
        value: picker.username,
        autocomplete: 'off',
        problem: picker.problem,
        write: (text) => (picker.username = text),
      })}
      <button class="btn" type="button" data-test="add-person" aria-busy=${picker.busy ? 'true' : 'false'} @click=${add}>
        ${say('people.add')}
      </button>
    </div>
    ${
      rows.length > 0
        ? html`<fieldset>
            <legend class="vh">${say('people.known')}</legend>
            ${repeat(
              rows,
              ({ account }) => account,
              ({
                account,
                name,
                avatar: look,
                chosen,
              }) => html`<label class="pick" data-test="person" data-username=${name}>
                ${avatar(look)}
                <span class="grow cut"><bdi class="el">${name}</bdi></span>
                <input type="checkbox" .checked=${chosen} @change=${() => picker.toggle(account)} />
              </label>`,
            )}
          </fieldset>`
        : nothing
    }
  </div>`;
}

export const peoplePickerStyles = css`
  .people {
    display: grid;
    gap: var(--s-2);
    inline-size: 100%;
  }
  .by-name {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    column-gap: var(--s-2);
    align-items: start;
  }
  .by-name .btn {
    min-block-size: max(var(--control-h), 40px);
    margin-block-start: calc(var(--lh-label) + 6px);
  }
  .pick {
    display: flex;
    align-items: center;
    gap: var(--s-3);
    min-block-size: 56px;
    padding-block: var(--s-1);
    border-block-end: var(--edge);
    font-weight: var(--w-strong);
    cursor: pointer;
  }
  .pick:hover {
    background: linear-gradient(var(--hover), var(--hover));
  }
  .pick:has(:focus-visible) {
    outline: var(--focus-ring);
    outline-offset: -2px;
    border-radius: var(--r-2);
  }
`;

/** Boxes to tick. */
export const checkboxStyles = css`
  input[type='checkbox'] {
    appearance: none;
    flex: none;
    inline-size: 20px;
    block-size: 20px;
    margin: 0 2px;
    border: 1.5px solid var(--control);
    border-radius: var(--r-1);
    cursor: pointer;
    display: grid;
    place-items: center;
  }
  input[type='checkbox']:checked {
    background: var(--accent-fill);
    border-color: var(--accent-fill);
  }
  input[type='checkbox']:checked::before {
    content: '';
    inline-size: 10px;
    block-size: 5px;
    border: solid var(--on-accent);
    border-width: 0 0 2px 2px;
    rotate: -45deg;
    translate: 0 -1px;
  }
  input[type='checkbox']:focus-visible {
    outline: none;
  }
  .tick {
    display: flex;
    gap: var(--s-3);
    align-items: flex-start;
    min-block-size: var(--touch);
    padding-block: 10px;
    cursor: pointer;
  }
  .tick input {
    margin-block-start: 1px;
  }
  .tick:has(:focus-visible) {
    outline: var(--focus-ring);
    outline-offset: var(--focus-gap);
    border-radius: var(--r-1);
  }
  @media (forced-colors: active) {
    input[type='checkbox']:checked {
      forced-color-adjust: none;
      background: Highlight;
      border-color: Highlight;
    }
    input[type='checkbox']:checked::before {
      border-color: HighlightText;
    }
  }
`;
