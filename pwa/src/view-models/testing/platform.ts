import type { Engine, EngineCalls, EngineTopics, TopicName } from '@sotto/client';
import type { Clock } from '../../platform/clock.js';
import { createFormat } from '../../platform/format.js';
import type { Note, NotificationState } from '../../platform/notifier.js';
import type { Theme } from '../../platform/page.js';
import type { Platform } from '../../platform/platform.js';
import type { Route } from '../../platform/routes.js';
import { routePath } from '../../platform/routes.js';

/** For tests only: a platform whose time, address and window a test moves by hand. */
export class ManualClock implements Clock {
  #now = new Date(2026, 4, 7, 11, 0).getTime();
  readonly #timers = new Map<number, { at: number; run: () => void }>();
  #next = 0;
  now(): number {
    return this.#now;
  }
  after(milliseconds: number, run: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + milliseconds, run });
    return () => this.#timers.delete(id);
  }
  /** Lets time pass, and what was planned in it happen in order. */
  pass(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = due[1].at;
      due[1].run();
    }
    this.#now = until;
  }
}

type Answers = { [K in keyof EngineCalls]?: (input: Parameters<EngineCalls[K]>[0]) => unknown };

/** For tests only: an engine whose topics a test sets and whose calls it answers. */
export class ManualEngine implements Engine {
  readonly asked: { readonly name: string; readonly input: unknown }[] = [];
  readonly answers: Answers = {};
  readonly #listeners = new Set<{
    topic: TopicName;
    argument: unknown;
    listener: (snapshot: never) => void;
  }>();
  readonly calls = new Proxy({} as EngineCalls, {
    get: (_, name: keyof EngineCalls) => async (input: never) => {
      this.asked.push({ name, input });
      return (this.answers[name] as ((input: unknown) => unknown) | undefined)?.(input);
    },
  });
  watch<T extends TopicName>(
    topic: T,
    argument: EngineTopics[T]['argument'],
    listener: (snapshot: EngineTopics[T]['snapshot']) => void,
  ): () => void {
    const one = { topic, argument, listener: listener as (snapshot: never) => void };
    this.#listeners.add(one);
    return () => this.#listeners.delete(one);
  }
  /** Sends a snapshot to who watches the topic. */
  tell<T extends TopicName>(topic: T, snapshot: EngineTopics[T]['snapshot']): void {
    for (const one of [...this.#listeners]) if (one.topic === topic) one.listener(snapshot as never);
  }
  watched(topic: TopicName): number {
    return [...this.#listeners].filter((one) => one.topic === topic).length;
  }
  names(): string[] {
    return this.asked.map(({ name }) => name);
  }
  async close(): Promise<void> {}
}

export interface TestPlatform extends Platform {
  readonly clock: ManualClock;
  readonly window: {
    attended: boolean;
    visible: boolean;
    title: string;
    theme: Theme;
    tell: () => void;
    leave: () => void;
  };
  readonly notes: Note[];
  readonly permission: { state: NotificationState; asked: number };
  /** Paths visited, oldest first. */
  readonly history: string[];
}

/** For tests only. */
export function testPlatform(start: Route = { name: 'list' }, kept = true): TestPlatform {
  const clock = new ManualClock();
  const routeListeners = new Set<() => void>();
  const pageListeners = new Set<() => void>();
  const leaveListeners = new Set<() => void>();
  const tellAll = (listeners: Set<() => void>) => {
    for (const listener of [...listeners]) listener();
  };
  const entries: { route: Route; returnTo: string | null }[] = [{ route: start, returnTo: null }];
  const history = [routePath(start)];
  const add = (listeners: Set<() => void>) => (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const window = {
    attended: true,
    visible: true,
    title: '',
    theme: 'system' as Theme,
    tell: () => tellAll(pageListeners),
    leave: () => tellAll(leaveListeners),
  };
  const notes: Note[] = [];
  const permission = { state: 'default' as NotificationState, asked: 0 };
  const arrive = () => {
    history.push(routePath(entries.at(-1)!.route));
    tellAll(routeListeners);
  };
  return {
    clock,
    window,
    notes,
    permission,
    history,
    format: createFormat('en', ['en-GB']),
    router: {
      get route() {
        return entries.at(-1)!.route;
      },
      get returnTo() {
        return entries.at(-1)!.returnTo;
      },
      go(route, options = {}) {
        if (options.replace) entries.pop();
        entries.push({ route, returnTo: options.returnTo ?? null });
        arrive();
      },
      back(fallback) {
        if (entries.length > 1) entries.pop();
        else entries[0] = { route: fallback, returnTo: null };
        arrive();
      },
      watch: add(routeListeners),
    },
    page: {
      get attended() {
        return window.attended;
      },
      get visible() {
        return window.visible;
      },
      wide: true,
      roomy: false,
      coarse: false,
      watch: add(pageListeners),
      whenLeaving: add(leaveListeners),
      askBeforeLeaving: () => () => undefined,
      setTitle: (title) => {
        window.title = title;
      },
      setTheme: (theme) => {
        window.theme = theme;
      },
      reload: () => undefined,
    },
    preferences: {
      theme: 'system',
      notifications: false,
      storageNoticeRead: false,
      forget() {
        this.notifications = false;
        this.storageNoticeRead = false;
      },
    },
    notifier: {
      get state() {
        return permission.state;
      },
      ask: async () => {
        permission.asked++;
        if (permission.state === 'default') permission.state = 'granted';
        return permission.state;
      },
      show: async (note) => {
        notes.push(note);
      },
    },
    storage: { persisted: async () => kept, ask: async () => kept },
    keeping: { copy: async () => undefined, saveFile: () => undefined, print: () => undefined },
    codes: { fromCamera: async () => ({ state: 'missing' }), fromPicture: async () => null },
    updates: {
      ready: false,
      watch: () => () => undefined,
      keep: () => undefined,
      apply: () => undefined,
    },
  };
}

/** Lets promises that are settled already run. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
