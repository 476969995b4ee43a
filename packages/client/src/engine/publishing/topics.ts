import type { EngineTopics, TopicName } from '../api/engine-api.js';
import { isSameData } from './same-data.js';

type Listener = (snapshot: never) => void;

interface Topic {
  readonly listeners: Set<Listener>;
  snapshot: unknown;
  known: boolean;
}

/** Snapshots by topic and argument: the newest is kept, sent to who begins to watch, and again when it changed. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  readonly #onFirst: (topic: TopicName, argument: string | null) => void;
  readonly #onLast: (topic: TopicName, argument: string | null) => void;

  /**
   * @param onFirst called when a topic gets its first watcher, to begin publishing it
   * @param onLast called when its last watcher left
   */
  constructor(
    onFirst: (topic: TopicName, argument: string | null) => void,
    onLast: (topic: TopicName, argument: string | null) => void,
  ) {
    this.#onFirst = onFirst;
    this.#onLast = onLast;
  }

  watch<T extends TopicName>(
    name: T,
    argument: EngineTopics[T]['argument'],
    listener: (snapshot: EngineTopics[T]['snapshot']) => void,
  ): () => void {
    const topic = this.#topic(name, argument);
    topic.listeners.add(listener as Listener);
    if (topic.known) (listener as (snapshot: unknown) => void)(topic.snapshot);
    if (topic.listeners.size === 1) this.#onFirst(name, argument);
    return () => {
      if (!topic.listeners.delete(listener as Listener) || topic.listeners.size > 0) return;
      this.#onLast(name, argument);
    };
  }

  /** What says nothing new reaches nobody. */
  publish<T extends TopicName>(
    name: T,
    argument: EngineTopics[T]['argument'],
    snapshot: EngineTopics[T]['snapshot'],
  ): void {
    const topic = this.#topic(name, argument);
    if (topic.known && isSameData(topic.snapshot, snapshot)) return;
    topic.snapshot = snapshot;
    topic.known = true;
    for (const listener of [...topic.listeners]) (listener as (snapshot: unknown) => void)(snapshot);
  }

  /** The newest snapshot of a topic, if there was one. */
  last<T extends TopicName>(
    name: T,
    argument: EngineTopics[T]['argument'],
  ): EngineTopics[T]['snapshot'] | undefined {
    return this.#topics.get(`${name} ${argument}`)?.snapshot as EngineTopics[T]['snapshot'] | undefined;
  }

  /** The arguments under which somebody watches a topic. */
  watchedArguments(name: TopicName): string[] {
    return [...this.#topics]
      .filter(([key, { listeners }]) => key.startsWith(`${name} `) && listeners.size > 0)
      .map(([key]) => key.slice(name.length + 1));
  }

  /** Forgets what was published under a topic, or under one of its arguments: it is not to be seen any more. */
  forget(name: TopicName, argument?: string | null): void {
    for (const [key, topic] of this.#topics) {
      if (argument === undefined ? !key.startsWith(`${name} `) : key !== `${name} ${argument}`) continue;
      topic.snapshot = undefined;
      topic.known = false;
    }
  }

  #topic(name: TopicName, argument: string | null): Topic {
    const key = `${name} ${argument}`;
    let topic = this.#topics.get(key);
    if (!topic) {
      topic = { listeners: new Set(), snapshot: undefined, known: false };
      this.#topics.set(key, topic);
    }
    return topic;
  }
}
