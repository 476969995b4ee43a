import type { ConversationDetails } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { FormViewModel } from './form.js';
import { PeoplePickerViewModel } from './people-picker.js';

/** Adding people to a group. */
export class AddPeopleViewModel extends FormViewModel {
  readonly picker: PeoplePickerViewModel;
  readonly #app: AppViewModel;
  readonly #id: ConversationId;
  #details: ConversationDetails | null = null;

  constructor(app: AppViewModel, id: ConversationId) {
    super();
    this.#app = app;
    this.#id = id;
    this.picker = new PeoplePickerViewModel(app);
    this.picker.onChange(() => this.changed());
    this.track(() => this.picker.dispose());
    this.track(app.dependencies.engine.watch('details', id, (details) => this.#detailsCame(details)));
  }

  get loaded(): boolean {
    return this.#details !== null;
  }

  get allowed(): boolean {
    return this.#details?.role === 'admin';
  }

  /** What they will be able to read. */
  get lead(): string {
    return say(this.#details?.sharesPast ? 'add-people.lead-past' : 'add-people.lead');
  }

  get submitLabel(): string {
    const count = this.picker.people.length;
    return count > 0 ? say('add-people.submit', { count }) : say('add-people.submit-none');
  }

  /** @returns whether they are on their way */
  async submit(): Promise<boolean> {
    if (!(await this.picker.add())) return false;
    const { people } = this.picker;
    if (people.length === 0) {
      this.picker.say(say('people.none'));
      return false;
    }
    const { calls } = this.#app.dependencies.engine;
    const done = await this.run(() => calls.addMembers({ conversation: this.#id, people }));
    if (done) this.close();
    return done;
  }

  close(): void {
    this.#app.closeMain();
  }

  #detailsCame(details: ConversationDetails): void {
    this.#details = details;
    this.picker.setMembers(details.members.map(({ person }) => person.account));
    this.changed();
  }
}
