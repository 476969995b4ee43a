import type { ConversationSummary, Person } from '@sotto/client';
import type { AccountId } from '@sotto/protocol';
import { codeOf, errorWords } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import type { AvatarLook } from './avatar.js';
import { avatarOf } from './avatar.js';
import { usernameProblem } from './fields.js';
import { ViewModel } from './view-model.js';

export interface PickedPerson {
  readonly account: AccountId;
  readonly name: string;
  readonly avatar: AvatarLook;
  readonly chosen: boolean;
}

/** Choosing people for a group: those one writes with, and anybody by exact username. */
export class PeoplePickerViewModel extends ViewModel {
  readonly #app: AppViewModel;
  readonly #chosen = new Map<AccountId, Person>();
  #known: readonly Person[] = [];
  #members: ReadonlySet<AccountId> = new Set();
  #username = '';
  #problem: string | null = null;
  #busy = false;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    this.track(app.dependencies.engine.watch('conversations', null, (list) => this.#conversationsCame(list)));
  }

  get username(): string {
    return this.#username;
  }

  set username(text: string) {
    this.#username = text;
    if (this.#problem) this.say(null);
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** Looking somebody up. */
  get busy(): boolean {
    return this.#busy;
  }

  get chosen(): readonly Person[] {
    return [...this.#chosen.values()];
  }

  get people(): readonly AccountId[] {
    return [...this.#chosen.keys()];
  }

  /** Who was looked up and chosen, then those one writes with. */
  get rows(): readonly PickedPerson[] {
    const known = this.#known.filter(({ account }) => !this.#members.has(account));
    const others = this.chosen.filter(({ account }) => !known.some((one) => one.account === account));
    return [...others, ...known].map((person) => ({
      account: person.account,
      name: person.username,
      avatar: avatarOf(person),
      chosen: this.#chosen.has(person.account),
    }));
  }

  /** Those who are in it already. */
  setMembers(members: readonly AccountId[]): void {
    this.#members = new Set(members);
    for (const account of members) this.#chosen.delete(account);
    this.changed();
  }

  say(problem: string | null): void {
    this.#problem = problem;
    this.changed();
  }

  toggle(account: AccountId): void {
    const person = this.#known.find((one) => one.account === account);
    if (!this.#chosen.delete(account) && person) this.#chosen.set(account, person);
    this.say(null);
  }

  /** Looks up who was typed. @returns whether nothing is left in the field that needs it */
  async add(): Promise<boolean> {
    const username = this.#username.trim().replace(/^@/, '').toLowerCase();
    if (!username) return true;
    if (this.#busy) return false;
    const wrong = username === this.#ownName ? say('people.self') : usernameProblem(username);
    if (wrong) {
      this.say(wrong);
      return false;
    }
    return this.#lookUp(username);
  }

  async #lookUp(username: string): Promise<boolean> {
    this.#busy = true;
    this.say(null);
    try {
      const person = await this.#app.dependencies.engine.calls.lookUp({ username });
      if (this.#members.has(person.account)) {
        this.#problem = say('people.already', { name: person.username });
        return false;
      }
      this.#chosen.set(person.account, person);
      this.#username = '';
      return true;
    } catch (error) {
      const code = codeOf(error);
      const words = {
        'auth/not-found': say('people.not-found'),
        'service/unavailable': say('people.offline'),
      };
      this.#problem = words[code as keyof typeof words] ?? errorWords(error);
      return false;
    } finally {
      this.#busy = false;
      this.changed();
    }
  }

  get #ownName(): string | null {
    const { session } = this.#app;
    return session.state === 'signed-in' ? session.username : null;
  }

  #conversationsCame(list: readonly ConversationSummary[]): void {
    this.#known = list
      .filter(({ kind, standing }) => kind === 'direct' && standing === 'accepted')
      .flatMap(({ peer }) => (peer ? [peer] : []))
      .sort((a, b) => a.username.localeCompare(b.username));
    this.changed();
  }
}
