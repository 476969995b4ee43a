import type { AccountId, ConversationId } from '@sotto/protocol';
import { toBase64url } from '@sotto/protocol';

/** What an author says, inside an envelope and under a signature, of what the server showed the author (SPEC X7). */
export interface Claim {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  /** Of the author's own device list. */
  readonly listVersion: number;
  /** Of the conversation, 16 bytes. */
  readonly stateHead: Uint8Array;
}

/** Names under which doubts about claims are kept: of somebody's device list, and of a conversation's state. */
export const listDoubts = (account: AccountId): string => `list/${account}/`;
export const stateDoubts = (conversation: ConversationId): string => `state/${conversation}/`;

export function listDoubt({ account, listVersion }: Claim): string {
  return `${listDoubts(account)}${listVersion}`;
}

export function stateDoubt({ conversation, stateHead }: Claim): string {
  return `${stateDoubts(conversation)}${toBase64url(stateHead)}`;
}
