import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { groupNameProblem } from './fields.js';
import { FormViewModel } from './form.js';
import { PeoplePickerViewModel } from './people-picker.js';

/** Making a group: its name, its people, and whether the past is shared. */
export class NewGroupViewModel extends FormViewModel {
  readonly picker: PeoplePickerViewModel;
  readonly #app: AppViewModel;
  #name = '';
  #nameProblem: string | null = null;
  #sharesPast = false;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    this.picker = new PeoplePickerViewModel(app);
    this.picker.onChange(() => this.changed());
    this.track(() => this.picker.dispose());
  }

  get name(): string {
    return this.#name;
  }

  set name(text: string) {
    this.#name = text;
    if (!this.#nameProblem) return;
    this.#nameProblem = groupNameProblem(text);
    this.changed();
  }

  get nameProblem(): string | null {
    return this.#nameProblem;
  }

  get sharesPast(): boolean {
    return this.#sharesPast;
  }

  setSharesPast(shared: boolean): void {
    this.#sharesPast = shared;
    this.changed();
  }

  /** @returns the field that is wrong, or null when the group is there */
  async submit(): Promise<'group-name' | 'username' | null> {
    this.#nameProblem = groupNameProblem(this.#name);
    this.changed();
    if (this.#nameProblem) return 'group-name';
    // A name that still stands in the field was meant too.
    if (!(await this.picker.add())) return 'username';
    const { people } = this.picker;
    if (people.length === 0) {
      this.picker.say(say('people.none'));
      return 'username';
    }
    await this.run(async () => {
      const { calls } = this.#app.dependencies.engine;
      const name = this.#name.trim();
      const { conversation } = await calls.createGroup({ name, people, sharesPast: this.#sharesPast });
      this.#app.open(conversation, true);
    });
    return null;
  }

  close(): void {
    this.#app.closeMain();
  }
}
