import type { ConversationId } from '@sotto/protocol';
import { idBytes } from '@sotto/protocol';
import * as v from 'valibot';
import { conversationField, type DistributionId, distributionIdField } from './fields.js';

/** Chains that one request asks for at most, all conversations together. */
export const MAX_REQUESTED = 64;

/** Keys that a device waits for and asks another one for. */
export interface RequestRecord {
  readonly type: 'request';
  /**
   * Chains by their distribution ids, at most {@link MAX_REQUESTED} in all; a conversation without any asks for the chain that
   * the other device seals with now, and the state key.
   */
  readonly conversations: readonly {
    readonly conversation: ConversationId;
    readonly chains: readonly DistributionId[];
  }[];
  /** Asks a device of the same account for the account's keys too. */
  readonly account: boolean;
}

/** Its fields in sealed CBOR (SPEC X18), beside the version. */
export const requestRecordEntries = {
  type: v.literal('request'),
  conversations: v.pipe(
    v.array(
      v.pipe(
        v.strictTuple([conversationField, v.pipe(v.array(distributionIdField), v.maxLength(MAX_REQUESTED))]),
        v.transform(([conversation, chains]) => ({ conversation, chains })),
      ),
    ),
    v.maxLength(MAX_REQUESTED),
    v.check((asked) => asked.reduce((sum, { chains }) => sum + chains.length, 0) <= MAX_REQUESTED),
  ),
  account: v.boolean(),
};

/** What is encoded of it. */
export function requestRecordFields({ type, conversations, account }: RequestRecord) {
  return {
    type,
    conversations: conversations.map(({ conversation, chains }) => [
      idBytes(conversation),
      chains.map((chain) => idBytes(chain)),
    ]),
    account,
  };
}
