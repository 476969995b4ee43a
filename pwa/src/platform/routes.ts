import type { ConversationId } from '@sotto/protocol';
import { parseId } from '@sotto/protocol';

/** Where the person is, as the address says it. */
export type Route =
  | { readonly name: 'list' }
  | { readonly name: 'conversation'; readonly id: ConversationId }
  | { readonly name: 'new' }
  | { readonly name: 'settings' }
  | { readonly name: 'recovery-key' }
  | { readonly name: 'sign-in' }
  | { readonly name: 'sign-up' }
  /** The token stays in the fragment, which no server ever sees. */
  | { readonly name: 'welcome'; readonly token: string }
  | { readonly name: 'not-found' };

const PATHS = {
  '/': 'list',
  '/new': 'new',
  '/settings': 'settings',
  '/recovery-key': 'recovery-key',
  '/sign-in': 'sign-in',
  '/sign-up': 'sign-up',
} as const;

/** Reads a path and fragment. Never throws: what is unknown is `not-found`. */
export function parseRoute(path: string, fragment = ''): Route {
  if (path in PATHS) return { name: PATHS[path as keyof typeof PATHS] };
  if (path === '/welcome') return { name: 'welcome', token: fragment.replace(/^#/, '') };
  const conversation = /^\/c\/([\w-]+)$/.exec(path)?.[1];
  if (!conversation) return { name: 'not-found' };
  try {
    return { name: 'conversation', id: parseId<ConversationId>(conversation) };
  } catch {
    return { name: 'not-found' };
  }
}

/** The address of a route. */
export function routePath(route: Route): string {
  switch (route.name) {
    case 'list':
    case 'not-found':
      return '/';
    case 'conversation':
      return `/c/${route.id}`;
    case 'welcome':
      return `/welcome#${route.token}`;
    default:
      return `/${route.name}`;
  }
}
