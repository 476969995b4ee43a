import type { Route } from './routes.js';
import { parseRoute, routePath } from './routes.js';

export interface GoOptions {
  /** Take the place of the present entry in the history. */
  readonly replace?: boolean;
  /** Path to come back to after signing in; kept with the history's entry, so that a reload keeps it. */
  readonly returnTo?: string;
}

/** The address, as state. */
export interface Router {
  readonly route: Route;
  /** Where to go after signing in, where the present entry says so. */
  readonly returnTo: string | null;
  go(route: Route, options?: GoOptions): void;
  /** One step back where we came from inside, else `fallback` in place of the present entry. */
  back(fallback: Route): void;
  /** Tells when the route changed. @returns ends it */
  watch(listener: () => void): () => void;
}

interface EntryState {
  readonly depth: number;
  readonly returnTo: string | null;
}

function entryState(): EntryState {
  const state: unknown = history.state;
  if (typeof state !== 'object' || state === null) return { depth: 0, returnTo: null };
  const { depth, returnTo } = state as Record<string, unknown>;
  return {
    depth: typeof depth === 'number' ? depth : 0,
    returnTo: typeof returnTo === 'string' && returnTo.startsWith('/') ? returnTo : null,
  };
}

/** A router on `location` and `history`. Plain clicks on links inside stay in the page. */
export function createRouter(): Router {
  const listeners = new Set<() => void>();
  let route = parseRoute(location.pathname, location.hash);
  const moved = () => {
    route = parseRoute(location.pathname, location.hash);
    for (const listener of listeners) listener();
  };
  addEventListener('popstate', moved);
  const router: Router = {
    get route() {
      return route;
    },
    get returnTo() {
      return entryState().returnTo;
    },
    go(next, options = {}) {
      const depth = entryState().depth + (options.replace ? 0 : 1);
      const state: EntryState = { depth, returnTo: options.returnTo ?? null };
      const path = routePath(next) + location.search;
      if (options.replace) history.replaceState(state, '', path);
      else history.pushState(state, '', path);
      moved();
    },
    back(fallback) {
      if (entryState().depth > 0) history.back();
      else router.go(fallback, { replace: true });
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  window.addEventListener('click', (event) => {
    const target = insideLink(event);
    if (!target) return;
    event.preventDefault();
    router.go(target);
  });
  return router;
}

function insideLink(event: MouseEvent): Route | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return null;
  const route = parseRoute(link.pathname, link.hash);
  return route.name === 'not-found' ? null : route;
}
