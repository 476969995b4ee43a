import type { TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import type { ErasureViewModel } from '../../view-models/erasure.js';
import { say } from '../../words/pages.js';
import { question } from './dialog.js';
import { field } from './field.js';

/** Asks before the account goes; nothing while it is not asked. @param wrong at which field something is */
export function erasureQuestion(
  model: ErasureViewModel,
  wrong: (field: 'typed' | 'password') => void,
): TemplateResult | typeof nothing {
  if (!model.asked) return nothing;
  const act = async () => {
    if (await model.erase()) return;
    if (model.typedProblem) wrong('typed');
    else if (model.passwordProblem) wrong('password');
  };
  return question({
    title: say('erase.confirm'),
    text: html`<p>${say('erase.goes')}</p>
      <p class="lost">${say('erase.others')}</p>`,
    confirm: say('settings.erase'),
    danger: true,
    working: model.busy ? say('erase.working') : null,
    problem: model.problem,
    fields: html`${field({
      name: 'typed',
      label: say('erase.typed', { name: model.username }),
      value: model.typed,
      autocomplete: 'off',
      problem: model.typedProblem,
      write: (text) => (model.typed = text),
    })}
    ${field({
      name: 'password',
      label: say('devices.password'),
      value: model.password,
      type: 'password',
      autocomplete: 'current-password',
      problem: model.passwordProblem,
      write: (text) => (model.password = text),
    })}`,
    act: () => void act(),
    cancel: () => model.keep(),
  });
}
