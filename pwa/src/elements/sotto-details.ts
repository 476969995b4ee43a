import type { CSSResultGroup, PropertyValues, TemplateResult } from 'lit';
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { bars, base, controls } from '../styles/base.js';
import { dialogStyles } from '../styles/dialog.js';
import { listStyles } from '../styles/list.js';
import { settingsPage } from '../styles/settings-page.js';
import type { AppViewModel } from '../view-models/app.js';
import type { DetailsQuestion, DeviceRow, MemberRow } from '../view-models/details.js';
import { DetailsViewModel } from '../view-models/details.js';
import { say } from '../words/pages.js';
import { ScreenElement } from './screen-element.js';
import { avatar, avatarStyles } from './templates/avatar.js';
import { openDialogs, question } from './templates/dialog.js';
import { field, formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { pageIcon } from './templates/page-icon.js';
import { paneBar } from './templates/pane-bar.js';

/** Who can read a conversation: people, devices, and what can be done about them. */
export class SottoDetails extends ScreenElement<DetailsViewModel> {
  static override styles: CSSResultGroup = [
    base,
    controls,
    bars,
    settingsPage,
    listStyles,
    dialogStyles,
    avatarStyles,
    css`
      .inner {
        inline-size: 100%;
        max-inline-size: 720px;
        margin-inline: auto;
        padding-block-end: max(var(--s-8), env(safe-area-inset-bottom));
      }
      .who {
        padding: var(--s-4);
        border-block-end: var(--edge);
        display: grid;
        gap: var(--s-3);
        justify-items: start;
        text-wrap: pretty;
      }
      .who h2 {
        display: flex;
        align-items: center;
        gap: var(--s-2);
      }
      .who p {
        color: var(--ink-2);
      }
      .warning {
        margin: var(--s-4) var(--s-4) 0;
        border-color: transparent;
        background: var(--warn-tint);
        color: var(--ink);
      }
      .warning .ic {
        color: var(--warn);
      }
      .profile {
        display: grid;
        justify-items: center;
        gap: var(--s-2);
        padding: var(--s-6) var(--s-4) var(--s-4);
        text-align: center;
      }
      .profile .name {
        font-size: var(--t-title);
        line-height: var(--lh-title);
        font-weight: var(--w-title);
        max-inline-size: 100%;
      }
      .linkish {
        position: relative;
        color: var(--accent);
        font-size: var(--t-label);
        line-height: var(--lh-label);
        text-decoration: underline;
        text-decoration-thickness: 1px;
        text-underline-offset: 3px;
      }
      .linkish::after {
        content: '';
        position: absolute;
        inset: -14px -6px;
      }
      .sec {
        padding: var(--s-4) var(--s-4) var(--s-1);
        font-size: var(--t-label);
        line-height: var(--lh-label);
        font-weight: var(--w-strong);
        color: var(--ink-2);
      }
      .member {
        display: flex;
        align-items: center;
        gap: var(--s-2);
        padding-inline-end: var(--s-4);
      }
      .member:hover {
        background: var(--hover);
      }
      .member > button,
      .member > .plain {
        flex: 1;
        min-inline-size: 0;
        display: flex;
        align-items: center;
        gap: var(--s-3);
        min-block-size: 56px;
        padding: var(--s-1) 0;
        padding-inline-start: var(--s-4);
      }
      .member > button:focus-visible {
        outline-offset: -3px;
        border-radius: var(--r-2);
      }
      .member .name {
        font-weight: var(--w-strong);
      }
      .standing {
        display: flex;
        align-items: center;
        gap: var(--s-1);
        font-size: var(--t-label);
        line-height: var(--lh-label);
        color: var(--ink-2);
      }
      .standing .ic {
        --icon: 14px;
      }
      .standing.verified .ic {
        color: var(--accent);
      }
      .standing.changed {
        color: var(--warn);
      }
      .doubt {
        display: flex;
        gap: 6px;
        padding-block: 0 var(--s-2);
        padding-inline: calc(var(--s-4) + 40px + var(--s-3)) var(--s-4);
        color: var(--warn);
        font-size: var(--t-label);
        line-height: var(--lh-label);
        text-wrap: pretty;
      }
      .turn {
        display: grid;
        color: var(--ink-3);
        transition: rotate var(--m-fast);
        flex: none;
      }
      [aria-expanded='true'] .turn {
        rotate: 180deg;
      }
      .more {
        padding-block: var(--s-1) var(--s-3);
        padding-inline: calc(var(--s-4) + 40px + var(--s-3)) var(--s-4);
        display: grid;
        gap: var(--s-2);
      }
      .devices {
        display: grid;
        gap: var(--s-2);
      }
      .device {
        display: flex;
        align-items: flex-start;
        gap: var(--s-2);
        color: var(--ink-2);
        font-size: var(--t-label);
        line-height: var(--lh-label);
      }
      .device .ic {
        --icon: 16px;
        margin-block-start: 1px;
      }
      .device .el {
        color: var(--ink);
      }
      .device .names {
        flex: 1;
        min-inline-size: 0;
        overflow-wrap: anywhere;
      }
      .device .when {
        display: block;
        color: var(--ink-3);
        font-size: var(--t-caption);
        line-height: var(--lh-caption);
      }
      .more .acts {
        margin-inline-start: calc(-1 * var(--s-3));
        gap: 0 var(--s-1);
      }
      .nav {
        padding: var(--s-1) var(--s-2) 0;
      }
      .nav hr {
        border: 0;
        border-block-start: var(--edge);
        margin: var(--s-2) var(--s-2);
      }
      .srow {
        display: flex;
        align-items: center;
        gap: var(--s-3);
        min-block-size: 48px;
        padding: var(--s-2);
        border-radius: var(--r-2);
        color: inherit;
        text-decoration: none;
        inline-size: 100%;
      }
      button.srow:hover,
      a.srow:hover {
        background: var(--hover);
      }
      .srow:focus-visible {
        outline-offset: -3px;
        border-radius: var(--r-2);
      }
      .srow .ic {
        color: var(--ink-2);
      }
      .srow .help {
        display: block;
      }
      .srow.leave,
      .srow.leave .ic {
        color: var(--danger);
      }
      .pending {
        display: grid;
        gap: 2px;
        padding: var(--s-2) var(--s-4);
      }
      .pending .acts {
        margin-inline-start: calc(-1 * var(--s-3));
      }
      .pending .refused {
        color: var(--danger);
      }
      .said:not(:empty) {
        padding: var(--s-3) var(--s-4) 0;
      }
      dialog .said:not(:empty) {
        padding: 0;
      }
    `,
  ];

  protected override createModel(app: AppViewModel): DetailsViewModel {
    return new DetailsViewModel(app, app.conversation!.id);
  }

  protected override firstUpdated(): void {
    void this.focusPart('h1');
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    openDialogs(this.renderRoot);
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const rename =
      model.group && model.admin
        ? html`<button
            class="ib"
            aria-label=${say('details.rename')}
            title=${say('details.rename')}
            data-test="rename-group"
            @click=${() => model.askToRename()}
          >
            ${pageIcon('edit')}
          </button>`
        : '';
    return html`
      ${paneBar(say('details.title'), () => model.close(), rename)}
      <div class="scroll" data-test="details-page">
        ${model.loaded ? html`<div class="inner">${this.#content()}</div>` : nothing}
      </div>
      ${model.question ? this.#question(model.question) : nothing}
    `;
  }

  #content(): TemplateResult {
    const { model } = this;
    const { peer } = model;
    return html`
      ${
        model.forked
          ? html`<p class="note warning" role="alert" data-test="forked">${icon('warn')}<span>${say('details.forked')}</span></p>`
          : nothing
      }
      ${
        peer
          ? html`<div class="profile">
              ${avatar(peer.avatar, 'l')}
              <p class="name el"><bdi>${peer.name}</bdi></p>
            </div>`
          : nothing
      }
      <section class="who">
        <h2>${pageIcon('lock', 's')}${say('details.who')}</h2>
        ${model.readers.map((sentence) => html`<p data-test="readers">${sentence}</p>`)}
        ${model.waitingForKeys > 0 ? this.#waiting(model.waitingForKeys, model.overdueKeys) : nothing}
        ${
          model.group
            ? html`<button class="linkish" data-test="all-devices" @click=${() => model.toggleAll()}>
                ${say(model.allExpanded ? 'details.hide-devices' : 'details.see-devices')}
              </button>`
            : nothing
        }
      </section>
      ${model.pending.length > 0 ? this.#pending() : nothing} ${model.question ? nothing : formProblem(model.problem)}
      <h2 class="sec">${say(model.group ? 'details.members' : 'details.people')}</h2>
      <ul>
        ${repeat(
          model.members,
          ({ account }) => account,
          (member) => html`<li data-test="member" data-username=${member.name}>${this.#member(member)}</li>`,
        )}
      </ul>
      ${model.group ? (model.member ? this.#groupActions() : this.#formerActions()) : nothing}
    `;
  }

  #formerActions(): TemplateResult {
    return html`<div class="nav">
      <button class="srow leave" data-test="hide-group" @click=${() => this.model.askToHide()}>
        ${pageIcon('out')}<span class="grow">${say('details.hide')}</span>
      </button>
    </div>`;
  }

  #member(member: MemberRow): TemplateResult {
    const { account, name, you, admin, expanded, verifyPath, identity } = member;
    const label = html`
      ${avatar(member.avatar)}
      <span class="grow">
        <span class="name cut">${you ? say('details.you') : html`<bdi class="el">${name}</bdi>`}</span>
        ${this.#standing(member)}
      </span>
      ${admin ? html`<span class="tag" data-test="admin">${say('details.admin')}</span>` : nothing}
    `;
    const head = this.model.group
      ? html`<button aria-expanded=${expanded ? 'true' : 'false'} data-test="member-more" @click=${() => this.model.toggle(account)}>
          ${label}<span class="turn">${icon('down', 's')}</span>
        </button>`
      : html`<div class="plain">${label}</div>`;
    const verify =
      verifyPath && identity !== 'verified'
        ? html`<a class="linkish" href=${verifyPath} data-test="verify">
            ${say(identity === 'changed' ? 'details.compare' : 'details.verify')}<span class="vh"> ${name}</span>
          </a>`
        : nothing;
    return html`<div class="member">${head}${verify}</div>
      ${
        member.listProblem
          ? html`<p class="doubt" data-test="list-problem">${icon('warn', 's')}<span>${member.listProblem}</span></p>`
          : nothing
      }
      ${expanded ? this.#more(member) : nothing}`;
  }

  #standing({ you, name, identity, devices }: MemberRow): TemplateResult {
    if (you) return html`<span class="standing"><bdi>${name}</bdi></span>`;
    const sign = { verified: icon('verified'), changed: icon('warn'), unverified: nothing }[identity];
    const news = devices.some(({ isNew }) => isNew)
      ? html` <span class="tag new" data-test="new-device">${say('details.new-tag')}</span>`
      : nothing;
    return html`<span class="standing ${identity}" data-test="identity" data-identity=${identity}
      >${sign}${say(`details.${identity}`)}${news}</span
    >`;
  }

  #more(member: MemberRow): TemplateResult {
    const { model } = this;
    const { you, devices, managed, admin, account, verifyPath, identity, name } = member;
    return html`<div class="more">
      <ul class="devices" aria-label=${you ? say('details.of-you') : say('details.of-member', { name })}>
        ${devices.map((device) => this.#device(device))}
      </ul>
      <div class="acts">
        ${you ? html`<a class="btn quiet" href="/settings/devices">${say('details.own-devices')}</a>` : nothing}
        ${
          verifyPath && identity === 'verified'
            ? html`<a class="btn quiet" href=${verifyPath} data-test="see-number">${say('verify.number')}</a>`
            : nothing
        }
        ${
          managed
            ? html`<button class="btn quiet" data-test="change-role" @click=${() => model.setRole(account, admin ? 'member' : 'admin')}>
                  ${say(admin ? 'details.make-member' : 'details.make-admin')}
                </button>
                <button class="btn quiet danger" data-test="remove-member" @click=${() => model.askToRemove(member)}>
                  ${say('details.remove')}
                </button>`
            : nothing
        }
      </div>
    </div>`;
  }

  #device({ name, agent, added, isNew }: DeviceRow): TemplateResult {
    return html`<li class="device" data-test="device">
      ${agent ? pageIcon('agent') : icon('laptop')}
      <span class="names"
        ><bdi class="el">${name}</bdi> ${agent ? html`<span class="tag agent">${say('details.agent-tag')}</span>` : nothing}
        ${isNew ? html`<span class="tag new">${say('details.new-tag')}</span>` : nothing}<span class="when">${added}</span></span
      >
    </li>`;
  }

  #waiting(count: number, overdue: number): TemplateResult {
    if (overdue === 0) return html`<p>${say('details.waiting', { count })}</p>`;
    return html`<p class="note warning" data-test="overdue">${icon('warn')}<span>${say('details.overdue', { count: overdue })}</span></p>`;
  }

  #pending(): TemplateResult {
    const { model } = this;
    return html`<h2 class="sec">${say('pending.title')}</h2>
      <ul>
        ${model.pending.map(
          ({
            id,
            text,
            reason,
            refused,
          }) => html`<li class="pending" data-test="pending" data-refused=${refused ? 'true' : 'false'}>
            <p>${text}</p>
            <p class="help ${refused ? 'refused' : ''}">${reason}</p>
            <div class="acts">
              <button class="btn quiet" data-test="withdraw" @click=${() => this.#withdraw(id)}>
                ${say(refused ? 'pending.dismiss' : 'pending.withdraw')}
              </button>
            </div>
          </li>`,
        )}
      </ul>`;
  }

  #groupActions(): TemplateResult {
    const { model } = this;
    const seen = say(model.sharesPast ? 'details.past-on' : 'details.past-off');
    return html`<div class="nav">
      ${
        model.admin
          ? html`<a class="srow" href=${model.addPath} data-test="add-people">${pageIcon('plus')}<span class="grow">${say('details.add')}</span></a>`
          : nothing
      }
      <hr />
      <div class="srow">
        ${pageIcon('clock')}<span class="grow" id="past">${say('details.past')}<span class="help" id="past-now">${seen}</span></span>
        ${
          model.admin
            ? html`<button
                class="switch"
                role="switch"
                aria-checked=${model.sharesPast ? 'true' : 'false'}
                aria-label=${say('details.past-switch')}
                data-test="shares-past"
                @click=${() => model.setSharesPast(!model.sharesPast)}
              ></button>`
            : nothing
        }
      </div>
      <hr />
      <button class="srow leave" data-test="leave-group" @click=${() => model.askToLeave()}>
        ${pageIcon('out')}<span class="grow">${say('details.leave')}</span>
      </button>
      ${
        model.admin
          ? html`<button class="srow leave" data-test="erase-group" @click=${() => model.askToErase()}>
              ${pageIcon('trash')}<span class="grow">${say('details.erase')}</span>
            </button>`
          : nothing
      }
    </div>`;
  }

  #question(asked: DetailsQuestion): TemplateResult {
    const { model } = this;
    const group = model.name;
    const common = {
      problem: model.problem,
      working: model.busy ? say('app.loading') : null,
      act: () => void this.#confirm(),
      cancel: () => model.keep(),
    };
    switch (asked.kind) {
      case 'remove':
        return question({
          ...common,
          title: say('details.remove-title', { name: asked.name, group }),
          text: say('details.remove-text', { name: asked.name }),
          confirm: say('details.remove'),
          danger: true,
        });
      case 'leave':
        return question({
          ...common,
          title: say('details.leave-title', { group }),
          text: `${say('details.leave-text')}${asked.lastAdmin ? ` ${say('details.leave-last-admin')}` : ''}`,
          confirm: say('details.leave-confirm'),
          danger: true,
        });
      case 'erase':
        return question({
          ...common,
          title: say('details.erase-title', { group }),
          text: say('details.erase-text'),
          confirm: say('details.erase'),
          danger: true,
        });
      case 'hide':
        return question({
          ...common,
          title: say('details.hide-title', { group }),
          text: say('details.hide-text'),
          confirm: say('details.hide'),
          danger: true,
        });
      case 'rename':
        return question({
          ...common,
          title: say('details.rename'),
          text: html``,
          confirm: say('details.save'),
          fields: field({
            name: 'group-name',
            label: say('details.name'),
            value: model.groupName,
            autocomplete: 'off',
            autocapitalize: 'sentences',
            problem: model.nameProblem,
            write: (text) => model.writeName(text),
          }),
        });
    }
  }

  /** The button goes with its note. */
  async #withdraw(change: string): Promise<void> {
    if ((await this.model.withdraw(change)) && this.isConnected) void this.focusPart('h1');
  }

  async #confirm(): Promise<void> {
    await this.model.confirm();
    if (!this.model.question && this.isConnected) void this.focusPart('h1');
  }
}

customElements.define('sotto-details', SottoDetails);
