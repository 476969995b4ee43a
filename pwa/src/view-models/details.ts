import type {
  ConversationDetails,
  GroupRole,
  MemberDetails,
  PendingChange,
  ReadingDevice,
} from '@sotto/client';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { routePath } from '../platform/routes.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import type { AvatarLook } from './avatar.js';
import { avatarOf } from './avatar.js';
import { groupNameProblem } from './fields.js';
import { FormViewModel } from './form.js';
import { pendingReason, pendingWords } from './pending-words.js';
import { readersWords } from './readers-words.js';

export interface DeviceRow {
  readonly id: string;
  readonly name: string;
  readonly agent: boolean;
  readonly added: string;
  readonly isNew: boolean;
}

export interface MemberRow {
  readonly account: AccountId;
  readonly name: string;
  readonly you: boolean;
  readonly avatar: AvatarLook;
  readonly admin: boolean;
  readonly identity: MemberDetails['identity'];
  readonly devices: readonly DeviceRow[];
  /** What is wrong with the list of their devices, in words. */
  readonly listProblem: string | null;
  /** Where safety numbers with them are compared; null for oneself. */
  readonly verifyPath: string | null;
  /** This account may take them out and change their role. */
  readonly managed: boolean;
  readonly expanded: boolean;
}

export interface PendingRow {
  readonly id: string;
  readonly text: string;
  readonly reason: string;
  readonly refused: boolean;
}

/** What is asked before it is done. */
export type DetailsQuestion =
  | { readonly kind: 'remove'; readonly account: AccountId; readonly name: string }
  | { readonly kind: 'leave'; readonly lastAdmin: boolean }
  | { readonly kind: 'hide' }
  | { readonly kind: 'erase' }
  | { readonly kind: 'rename' };

/** Who can read a conversation, and what can be done about it. */
export class DetailsViewModel extends FormViewModel {
  readonly id: ConversationId;
  readonly #app: AppViewModel;
  readonly #expanded = new Set<AccountId>();
  #details: ConversationDetails | null = null;
  #question: DetailsQuestion | null = null;
  #groupName = '';
  #nameProblem: string | null = null;
  /** New devices were on screen: from now on they are no longer new. */
  #shownNew = false;

  constructor(app: AppViewModel, id: ConversationId) {
    super();
    this.#app = app;
    this.id = id;
    const { engine } = app.dependencies;
    this.track(
      engine.watch('details', id, (details) => {
        this.#details = details;
        this.#shownNew ||= details.members.some(({ devices }) => devices.some(({ isNew }) => isNew));
        this.changed();
      }),
    );
    // The mark stays as long as the page: it goes once they were looked at.
    this.track(() => {
      if (this.#shownNew) engine.calls.seeDevices({ conversation: id }).catch(() => undefined);
    });
  }

  get loaded(): boolean {
    return this.#details !== null;
  }

  get group(): boolean {
    return this.#details?.kind === 'group';
  }

  get name(): string {
    return this.#details?.name ?? '';
  }

  /** The other person of a direct conversation. */
  get peer(): MemberRow | null {
    return this.group ? null : (this.members.find(({ you }) => !you) ?? null);
  }

  /** Still in it. */
  get member(): boolean {
    return this.#details?.role != null;
  }

  get admin(): boolean {
    return this.#details?.role === 'admin';
  }

  get forked(): boolean {
    return this.#details?.forked ?? false;
  }

  get sharesPast(): boolean {
    return this.#details?.sharesPast ?? false;
  }

  get waitingForKeys(): number {
    return this.#details?.waitingForKeys ?? 0;
  }

  get overdueKeys(): number {
    return this.#details?.overdueKeys ?? 0;
  }

  /** Who can read it, in sentences. */
  get readers(): readonly string[] {
    return this.#details ? readersWords(this.#details, this.#me) : [];
  }

  get members(): readonly MemberRow[] {
    return (this.#details?.members ?? []).map((member) => this.#row(member));
  }

  get pending(): readonly PendingRow[] {
    return (this.#details?.pending ?? []).map((change) => this.#pendingRow(change));
  }

  get allExpanded(): boolean {
    return this.members.every(({ expanded }) => expanded);
  }

  get question(): DetailsQuestion | null {
    return this.#question;
  }

  get groupName(): string {
    return this.#groupName;
  }

  get nameProblem(): string | null {
    return this.#nameProblem;
  }

  get addPath(): string {
    return routePath({ name: 'add-people', id: this.id });
  }

  toggle(account: AccountId): void {
    if (!this.#expanded.delete(account)) this.#expanded.add(account);
    this.changed();
  }

  toggleAll(): void {
    const all = this.allExpanded;
    for (const { account } of this.members) {
      if (all) this.#expanded.delete(account);
      else this.#expanded.add(account);
    }
    this.changed();
  }

  setSharesPast(sharesPast: boolean): Promise<boolean> {
    return this.run(() => this.#calls.setSharesPast({ conversation: this.id, sharesPast }));
  }

  setRole(account: AccountId, role: GroupRole): Promise<boolean> {
    return this.run(() => this.#calls.setRole({ conversation: this.id, account, role }));
  }

  withdraw(change: string): Promise<boolean> {
    return this.run(() => this.#calls.withdrawChange({ conversation: this.id, change }));
  }

  askToRemove({ account, name }: MemberRow): void {
    this.#ask({ kind: 'remove', account, name });
  }

  askToLeave(): void {
    const admins = this.members.filter(({ admin }) => admin);
    this.#ask({ kind: 'leave', lastAdmin: this.admin && admins.length === 1 && this.members.length > 1 });
  }

  askToErase(): void {
    this.#ask({ kind: 'erase' });
  }

  askToHide(): void {
    this.#ask({ kind: 'hide' });
  }

  askToRename(): void {
    this.#groupName = this.name;
    this.#nameProblem = null;
    this.#ask({ kind: 'rename' });
  }

  writeName(name: string): void {
    this.#groupName = name;
    if (this.#nameProblem) this.#nameProblem = groupNameProblem(name);
    this.changed();
  }

  /** Leaves the question without an answer. */
  keep(): void {
    this.#question = null;
    this.setProblem(null);
  }

  /** Does what was asked about. */
  async confirm(): Promise<void> {
    const question = this.#question;
    if (!question) return;
    if (question.kind === 'rename') {
      this.#nameProblem = groupNameProblem(this.#groupName);
      this.changed();
      if (this.#nameProblem) return;
    }
    const done = await this.run(() => this.#carryOut(question));
    if (!done) return;
    this.#question = null;
    this.changed();
    if (question.kind === 'hide') this.#app.go({ name: 'list' }, true);
  }

  close(): void {
    this.#app.closeMain();
  }

  get #calls() {
    return this.#app.dependencies.engine.calls;
  }

  get #me(): AccountId | null {
    const { session } = this.#app;
    return session.state === 'signed-in' ? session.account : null;
  }

  #ask(question: DetailsQuestion): void {
    this.#question = question;
    this.setProblem(null);
  }

  #carryOut(question: DetailsQuestion): Promise<void> {
    const conversation = this.id;
    switch (question.kind) {
      case 'remove':
        return this.#calls.removeMember({ conversation, account: question.account });
      case 'leave':
        return this.#calls.leaveGroup({ conversation });
      case 'erase':
        return this.#calls.eraseGroup({ conversation }).then(() => undefined);
      case 'hide':
        return this.#calls.hideGroup({ conversation });
      case 'rename':
        return this.#calls.renameGroup({ conversation, name: this.#groupName.trim() });
    }
  }

  #row({ person, role, identity, devices, list }: MemberDetails): MemberRow {
    const { account, username } = person;
    const you = account === this.#me;
    return {
      account,
      name: username,
      you,
      avatar: avatarOf(person),
      admin: this.group && role === 'admin',
      identity,
      devices: devices.map((device) => this.#device(device)),
      listProblem: list === 'current' ? null : say(`details.list-${list}`, { name: username }),
      verifyPath: you ? null : routePath({ name: 'verify', id: this.id, account }),
      managed: this.group && this.admin && !you,
      expanded: !this.group || this.#expanded.has(account),
    };
  }

  #device({ id, name, kind, added, isNew }: ReadingDevice): DeviceRow {
    const { clock, format } = this.#app.dependencies.platform;
    const date = format.date(added, clock.now());
    return { id, name, agent: kind === 'agent', added: say('details.device-added', { date }), isNew };
  }

  #pendingRow(change: PendingChange): PendingRow {
    const { id, refused } = change;
    return { id, text: pendingWords(change), reason: pendingReason(refused), refused: refused !== null };
  }
}
