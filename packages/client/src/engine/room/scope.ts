import type { AccountId } from '@sotto/protocol';

/** What a conversation is between: two people for good, or whoever its state names. */
export type Scope = { readonly kind: 'direct'; readonly peer: AccountId } | { readonly kind: 'group' };

/** The other person of a direct conversation. */
export function peerOf(scope: Scope): AccountId | undefined {
  return scope.kind === 'direct' ? scope.peer : undefined;
}
