import type { TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import type { RemovalViewModel } from '../../view-models/removal.js';
import { say } from '../../words/pages.js';
import { question } from './dialog.js';
import { field } from './field.js';
import { icon } from './icon.js';

export const removalStyles = css`
  .lost {
    margin-block-start: var(--s-2);
  }
  .off-list {
    display: grid;
  }
`;

/** Asks before everything goes from this browser; nothing while it is not asked. @param wrong the password is not right */
export function removalQuestion(model: RemovalViewModel, wrong: () => void): TemplateResult | typeof nothing {
  const { asked } = model;
  if (!asked) return nothing;
  const act = async () => {
    if (!(await model.remove()) && model.passwordProblem) wrong();
  };
  return question({
    title: say('settings.remove-confirm'),
    text: html`<p>${asked.goes}</p>
      ${asked.lost ? html`<p class="err lost">${icon('warn', 's')}<span>${asked.lost}</span></p>` : nothing}`,
    confirm: say('settings.remove'),
    danger: true,
    working: model.busy ? say('settings.removing') : null,
    problem: model.problem,
    fields: asked.listed
      ? choice(model)
      : html`<p class="help" data-test="removal-consequence">${model.consequence}</p>`,
    act: () => void act(),
    cancel: () => model.keep(),
  });
}

function choice(model: RemovalViewModel): TemplateResult {
  return html`<div class="off-list">
      <label class="tick">
        <input
          type="checkbox"
          data-test="off-list"
          .checked=${model.leaves}
          @change=${() => model.setLeaves(!model.leaves)}
        /><span>${say('settings.remove-listed')}</span>
      </label>
      <p class="help" data-test="removal-consequence">${model.consequence}</p>
    </div>
    ${
      model.leaves
        ? field({
            name: 'password',
            label: say('devices.password'),
            value: model.password,
            type: 'password',
            autocomplete: 'current-password',
            problem: model.passwordProblem,
            write: (text) => (model.password = text),
          })
        : nothing
    }`;
}
