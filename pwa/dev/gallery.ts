import { createBrowserPlatform } from '../src/platform/browser-platform.js';
import { createFormat } from '../src/platform/format.js';
import type { Platform } from '../src/platform/platform.js';
import type { GoOptions, Router } from '../src/platform/router.js';
import type { Route } from '../src/platform/routes.js';
import { parseRoute } from '../src/platform/routes.js';
import { AppViewModel } from '../src/view-models/app.js';
import { directionOf, LANGUAGE, setPageDirection } from '../src/words/say.js';
import '../src/elements/sotto-app.js';
import { DemoEngine, LINK_CODE } from './demo-engine.js';
import { NOON, scenario } from './scenarios.js';

/** The real page on a scripted engine: `?scene=…&at=/c/…&theme=dark&dir=rtl`. For looking at, never built. */
const options = new URLSearchParams(location.search);

/** Routes in memory, so that the gallery's own address stays. */
class MemoryRouter implements Router {
  readonly #listeners = new Set<() => void>();
  readonly #entries: { route: Route; returnTo: string | null }[];
  constructor(path: string) {
    const [pathname = '/', fragment = ''] = path.split('#');
    this.#entries = [{ route: parseRoute(pathname, fragment), returnTo: null }];
  }
  get route(): Route {
    return this.#entries.at(-1)!.route;
  }
  get returnTo(): string | null {
    return this.#entries.at(-1)!.returnTo;
  }
  go(route: Route, { replace, returnTo }: GoOptions = {}): void {
    if (replace) this.#entries.pop();
    this.#entries.push({ route, returnTo: returnTo ?? null });
    this.#tell();
  }
  back(fallback: Route): void {
    if (this.#entries.length > 1) this.#entries.pop();
    else this.#entries[0] = { route: fallback, returnTo: null };
    this.#tell();
  }
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function main(): void {
  const dir = options.get('dir') === 'rtl' ? 'rtl' : directionOf(LANGUAGE);
  document.documentElement.dir = dir;
  setPageDirection(dir);
  const browser = createBrowserPlatform();
  const router = new MemoryRouter(options.get('at') ?? '/');
  window.addEventListener(
    'click',
    (event) => {
      const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
      if (!link || link.target || link.getAttribute('href')?.startsWith('#')) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      router.go(parseRoute(link.pathname, link.hash));
    },
    { capture: true },
  );
  const theme = options.get('theme');
  const clock = { ...browser.clock, now: () => NOON };
  const platform: Platform = {
    ...browser,
    clock: options.has('live') ? browser.clock : clock,
    format: createFormat(LANGUAGE, [options.get('region') ?? 'en-GB']),
    router,
    preferences: {
      theme: theme === 'dark' || theme === 'light' ? theme : 'system',
      notifications: false,
      storageNoticeRead: !options.has('notice'),
    },
    storage: { persisted: async () => !options.has('notice'), ask: async () => !options.has('notice') },
    updates: { ready: options.has('update'), watch: () => () => undefined, apply: () => location.reload() },
  };
  const engine = new DemoEngine(scenario(options.get('scene') ?? 'chat'));
  const model = new AppViewModel({ engine, platform });
  document.querySelector('sotto-app')!.model = model;
  Object.assign(globalThis, { gallery: { engine, model, parse: parseRoute, linkCode: LINK_CODE } });
}

main();
