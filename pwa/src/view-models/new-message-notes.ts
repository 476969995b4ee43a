import type { ConversationSummary } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import { routePath } from '../platform/routes.js';
import { say } from '../words/say.js';
import type { Dependencies } from './dependencies.js';

/** Tells of new messages while Sotto is out of sight: who wrote, never what. */
export class NewMessageNotes {
  readonly #dependencies: Dependencies;
  #unread: ReadonlyMap<ConversationId, number> | null = null;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Compares with what was seen before; the first snapshot tells nothing, it was all there already. */
  see(conversations: readonly ConversationSummary[]): void {
    const before = this.#unread;
    this.#unread = new Map(conversations.map(({ id, unread }) => [id, unread]));
    const { preferences, notifier, page } = this.#dependencies.platform;
    if (!before || page.visible || !preferences.notifications || notifier.state !== 'granted') return;
    for (const { id, kind, unread, name, standing } of conversations) {
      const more = unread > (before.get(id) ?? 0);
      if (!more || standing === 'blocked' || standing === 'declined') continue;
      void notifier.show({
        title: say(kind === 'group' ? 'notification.group' : 'notification.title', { name }),
        tag: id,
        path: routePath({ name: 'conversation', id }),
      });
    }
  }
}
