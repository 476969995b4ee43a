import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { idBytes, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { CHAIN_SIGNATURE_BYTES } from './chain-signature.js';
import { accountField, conversationField, deviceField, uint32Field } from './fields.js';

/** Chains that one record brings at most. */
export const MAX_PAST_CHAINS = 192;

/** A chain of somebody else's, from where whoever passes it on has it; its author's signature says whose it is. */
export interface PastChain {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly epoch: number;
  readonly generation: number;
  /** SenderKeyDistributionMessage: for `receiveChain`. */
  readonly distribution: Uint8Array;
  /** By the author's device: for `verifyChain`. */
  readonly signature: Uint8Array;
}

/** What was said before somebody joined a group that shares it: from whoever let them in. */
export interface PastRecord {
  readonly type: 'past';
  readonly conversation: ConversationId;
  readonly chains: readonly PastChain[];
}

/** Its fields in sealed CBOR (SPEC X20), beside the version. */
export const pastRecordEntries = {
  type: v.literal('past'),
  conversation: conversationField,
  chains: v.pipe(
    v.array(
      v.pipe(
        v.strictTuple([
          accountField,
          deviceField,
          uint32Field,
          uint32Field,
          schemas.bytes(256),
          schemas.bytesOf(CHAIN_SIGNATURE_BYTES),
        ]),
        v.transform(
          ([account, device, epoch, generation, distribution, signature]): PastChain => ({
            ...{ account, device, epoch, generation, distribution, signature },
          }),
        ),
      ),
    ),
    v.minLength(1),
    v.maxLength(MAX_PAST_CHAINS),
  ),
};

/** What is encoded of it. */
export function pastRecordFields({ type, conversation, chains }: PastRecord) {
  return {
    type,
    conversation: idBytes(conversation),
    chains: chains.map(({ account, device, epoch, generation, distribution, signature }) => [
      idBytes(account),
      idBytes(device),
      epoch,
      generation,
      distribution,
      signature,
    ]),
  };
}
