import type { ConversationDetails, MemberDetails } from '@sotto/client';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { routePath } from '../platform/routes.js';
import { say } from '../words/say.js';
import type { Dependencies } from './dependencies.js';
import { ViewModel } from './view-model.js';

/** The line under a conversation's name. */
export interface Subtitle {
  readonly kind: 'members' | 'verified' | 'warning';
  readonly text: string;
  readonly path: string;
}

/** What the bar of a conversation says of who can read it. */
export class ConversationBarViewModel extends ViewModel {
  readonly #id: ConversationId;
  readonly #me: AccountId | null;
  #details: ConversationDetails | null = null;

  /** @param me whose eyes it is read with */
  constructor({ engine }: Dependencies, id: ConversationId, me: AccountId | null) {
    super();
    this.#id = id;
    this.#me = me;
    this.track(
      engine.watch('details', id, (details) => {
        this.#details = details;
        this.changed();
      }),
    );
  }

  /** Where its details are. */
  get detailsPath(): string {
    return routePath({ name: 'details', id: this.#id });
  }

  /** Others have devices that nobody has looked at yet. */
  get newDevices(): boolean {
    return this.#others.some(({ devices }) => devices.some(({ isNew }) => isNew));
  }

  get subtitle(): Subtitle | null {
    if (!this.#details) return null;
    const { kind, members, forked } = this.#details;
    if (forked) return { kind: 'warning', text: say('conversation.forked'), path: this.detailsPath };
    const others = this.#others;
    const changed = others.find(({ identity }) => identity === 'changed');
    if (changed) {
      return { kind: 'warning', text: say('conversation.key-changed'), path: this.#verifyPath(changed) };
    }
    if (kind === 'group') return { kind: 'members', text: membersText(members), path: this.detailsPath };
    const [other] = others;
    if (other?.identity !== 'verified') return null;
    return { kind: 'verified', text: say('conversation.verified'), path: this.#verifyPath(other) };
  }

  get #others(): readonly MemberDetails[] {
    return this.#details?.members.filter(({ person }) => person.account !== this.#me) ?? [];
  }

  #verifyPath({ person }: MemberDetails): string {
    return routePath({ name: 'verify', id: this.#id, account: person.account });
  }
}

function membersText(members: readonly MemberDetails[]): string {
  const agents = members.flatMap(({ devices }) => devices).filter(({ kind }) => kind === 'agent').length;
  const people = say('conversation.people', { count: members.length });
  return agents > 0 ? `${people}, ${say('conversation.agents', { count: agents })}` : people;
}
