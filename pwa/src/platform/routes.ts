import type { AccountId, ConversationId } from '@sotto/protocol';
import { parseId } from '@sotto/protocol';

/** Where the person is, as the address says it. */
export type Route =
  | { readonly name: PlainName }
  | { readonly name: ConversationPart; readonly id: ConversationId }
  | { readonly name: 'verify'; readonly id: ConversationId; readonly account: AccountId }
  /** The token stays in the fragment, which no server ever sees. */
  | { readonly name: TokenName; readonly token: string }
  | { readonly name: 'not-found' };

const PATHS = {
  '/': 'list',
  '/new': 'new',
  '/new-group': 'new-group',
  '/settings': 'settings',
  '/settings/devices': 'devices',
  '/settings/link': 'link-device',
  '/settings/link-anew': 'link-anew',
  '/settings/password': 'password',
  '/settings/recovery-key': 'new-recovery-key',
  '/settings/renew': 'renew',
  '/recovery-key': 'recovery-key',
  '/sign-in': 'sign-in',
  '/sign-up': 'sign-up',
  '/link': 'link',
  '/forgotten': 'forgotten',
} as const;

/** Pages that go by what stands in the fragment. */
const TOKENS = ['welcome', 'reset', 'erased'] as const;
type TokenName = (typeof TOKENS)[number];

type PlainName = (typeof PATHS)[keyof typeof PATHS];
/** A conversation, and what belongs to one. */
type ConversationPart = 'conversation' | 'details' | 'add-people';

/** A function, so that nothing computed stands between a bundler and leaving this out. */
function pathOf(name: PlainName): string {
  return Object.entries(PATHS).find(([, one]) => one === name)![0];
}

const SUFFIXES: Readonly<Record<string, ConversationPart>> = {
  '': 'conversation',
  '/details': 'details',
  '/add': 'add-people',
};

/** Reads a path and fragment. Never throws: what is unknown is `not-found`. */
export function parseRoute(path: string, fragment = ''): Route {
  if (Object.hasOwn(PATHS, path)) return { name: PATHS[path as keyof typeof PATHS] };
  const token = fragment.replace(/^#/, '');
  const named = TOKENS.find((name) => path === `/${name}`);
  if (named) return { name: named, token };
  const [, conversation, rest = ''] = /^\/c\/([\w-]+)(\/.+)?$/.exec(path) ?? [];
  if (!conversation) return { name: 'not-found' };
  try {
    return partOf(parseId<ConversationId>(conversation), rest);
  } catch {
    return { name: 'not-found' };
  }
}

function partOf(id: ConversationId, rest: string): Route {
  const account = /^\/verify\/([\w-]+)$/.exec(rest)?.[1];
  if (account) return { name: 'verify', id, account: parseId<AccountId>(account) };
  const name = Object.hasOwn(SUFFIXES, rest) ? SUFFIXES[rest] : undefined;
  return name ? { name, id } : { name: 'not-found' };
}

/** The address of a route. */
export function routePath(route: Route): string {
  switch (route.name) {
    case 'not-found':
      return '/';
    case 'conversation':
    case 'details':
    case 'add-people':
      return `/c/${route.id}${Object.keys(SUFFIXES).find((suffix) => SUFFIXES[suffix] === route.name)}`;
    case 'verify':
      return `/c/${route.id}/verify/${route.account}`;
    case 'welcome':
    case 'reset':
    case 'erased':
      return `/${route.name}#${route.token}`;
    default:
      return pathOf(route.name);
  }
}

/** Where somebody who closes a page comes from, where the history does not say. */
export function parentOf(route: Route): Route {
  switch (route.name) {
    case 'details':
    case 'add-people':
      return { name: route.name === 'details' ? 'conversation' : 'details', id: route.id };
    case 'verify':
      return { name: 'details', id: route.id };
    case 'devices':
    case 'link-anew':
    case 'password':
    case 'new-recovery-key':
    case 'renew':
      return { name: 'settings' };
    case 'link-device':
      return { name: 'devices' };
    case 'new-group':
      return { name: 'new' };
    case 'link':
    case 'forgotten':
      return { name: 'sign-in' };
    default:
      return { name: 'list' };
  }
}

/** The conversation that a route belongs to, if it belongs to one. */
export function conversationOf(route: Route): ConversationId | null {
  return 'id' in route ? route.id : null;
}
