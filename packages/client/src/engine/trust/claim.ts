import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
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

/** Names under which doubts are kept: of somebody's device list, of a conversation's state, of what was said in it. */
export const listDoubts = (account: AccountId): string => `list/${account}/`;
export const stateDoubts = (conversation: ConversationId): string => `state/${conversation}/`;

export const feedDoubts = (conversation: ConversationId): string => `feed/${conversation}/`;

/** Of what an author said from a sequence on. */
export function feedDoubt(
  conversation: ConversationId,
  part: { readonly device: DeviceId; readonly generation: number; readonly seq: number },
): string {
  return `${feedDoubts(conversation)}${part.device}.${part.generation}/${part.seq}/`;
}

/** Undoes {@link feedDoubt}, the conversation aside. */
export function feedPart(name: string): {
  readonly device: DeviceId;
  readonly generation: number;
  readonly seq: number;
} {
  const [, , feed, seq] = name.split('/') as [string, string, string, string];
  const [device, generation] = feed.split('.') as [DeviceId, string];
  return { device, generation: Number(generation), seq: Number(seq) };
}

export function listDoubt({ account, listVersion }: Claim): string {
  return `${listDoubts(account)}${listVersion}`;
}

export function stateDoubt({ conversation, stateHead }: Claim): string {
  return `${stateDoubts(conversation)}${toBase64url(stateHead)}`;
}
