import { LIMITS } from '@sotto/protocol';
import type { CSSResultGroup, TemplateResult } from 'lit';
import { html } from 'lit';
import { base, controls } from '../styles/base.js';
import { sheet } from '../styles/sheet.js';
import type { AppViewModel } from '../view-models/app.js';
import type { WelcomeField } from '../view-models/welcome.js';
import { WelcomeViewModel } from '../view-models/welcome.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { field, formProblem } from './templates/field.js';
import { submitButton } from './templates/submit-button.js';
import { brand } from './templates/wordmark.js';

const INPUT: Readonly<Record<WelcomeField, string>> = {
  username: '#username',
  password: '#password',
  again: '#password-again',
};

/** Where a mailed link leads: choose a name and a password, or learn why this link does not open. */
export class SottoWelcome extends ScreenElement<WelcomeViewModel> {
  static override styles: CSSResultGroup = [base, controls, sheet];

  #focused = '';

  protected override createModel(app: AppViewModel): WelcomeViewModel {
    const { route } = app;
    return new WelcomeViewModel(app, route.name === 'welcome' ? route.token : '');
  }

  protected override updated(): void {
    const { stage } = this.model;
    if (stage === this.#focused) return;
    this.#focused = stage;
    void this.focusPart(stage === 'form' ? '#username' : 'h1');
  }

  protected override render(): TemplateResult {
    switch (this.model.stage) {
      case 'checking':
        return html`<div class="sheet">${brand()}<p class="help" role="status">${say('welcome.checking')}…</p></div>`;
      case 'form':
        return this.#form();
      case 'forbidden':
        return this.#forbidden();
      case 'unreachable':
        return this.#said(
          say('welcome.unreachable'),
          this.model.unreachable ?? '',
          html`<button class="btn primary" @click=${() => this.model.check()}>${say('app.try-again')}</button>`,
        );
      case 'signed-in':
        return this.#said(
          say('welcome.signed-in', { name: this.model.signedInAs }),
          say('welcome.signed-in-text'),
          html`<a class="btn primary" href="/">${say('app.to-conversations')}</a>
            <a class="btn" href="/settings">${say('settings.title')}</a>`,
        );
    }
  }

  #form(): TemplateResult {
    const { model } = this;
    const { passwordMin: min } = LIMITS;
    return html`<div class="sheet">
      ${brand()}
      <div class="head">
        <h1>${say('welcome.title')}</h1>
        <p>${say('welcome.for', { email: model.email })}</p>
      </div>
      <form @submit=${this.#submit} novalidate>
        ${this.#field('username', 'username', say('welcome.username'), say('welcome.username-help'))}
        ${this.#field('password', 'password', say('welcome.password'), say('welcome.password-help', { min }))}
        ${this.#field('again', 'password-again', say('welcome.again'))}
        ${formProblem(model.problem)}
        ${submitButton(say('welcome.submit'), model.busy ? say('welcome.working') : null)}
      </form>
      <p class="help">${say('welcome.help')}</p>
    </div>`;
  }

  #field(which: WelcomeField, name: string, label: string, help?: string): TemplateResult {
    const { model } = this;
    const secret = which !== 'username';
    return field({
      name,
      label,
      value: model.value(which),
      type: secret ? 'password' : 'text',
      autocomplete: secret ? 'new-password' : 'username',
      problem: model.fieldProblem(which),
      ...(help ? { help } : {}),
      write: (text) => model.write(which, text),
      leave: () => model.leave(which),
    });
  }

  #forbidden(): TemplateResult {
    const { fault } = this.model;
    // Used: it was most likely themselves, and the account is there. Else only a new link helps.
    const used = fault === 'used';
    const signIn = html`<a class="btn ${used ? 'primary' : ''}" href="/sign-in">${say('welcome.sign-in')}</a>`;
    const newLink = html`<a class="btn ${used ? '' : 'primary'}" href="/sign-up" data-test="new-link"
      >${say('welcome.new-link')}</a
    >`;
    return html`<div class="sheet" data-test="forbidden" data-reason=${fault}>
      ${brand()}
      <div class="head">
        <h1 tabindex="-1">${say(`welcome.${fault}`)}</h1>
        <p>${say(`welcome.${fault}-text`)}</p>
      </div>
      <div class="acts">
        ${used ? [signIn, newLink] : [newLink, signIn]}
      </div>
    </div>`;
  }

  #said(heading: string, text: string, actions: TemplateResult): TemplateResult {
    return html`<div class="sheet">
      ${brand()}
      <div class="head">
        <h1 tabindex="-1">${heading}</h1>
        <p>${text}</p>
      </div>
      <div class="acts">${actions}</div>
    </div>`;
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    const wrong = await this.model.submit();
    if (wrong && this.isConnected) void this.focusPart(INPUT[wrong]);
  }
}

customElements.define('sotto-welcome', SottoWelcome);
