import { decodeCbor, encodeCbor, idBytes, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import {
  deserializeSenderKeyState,
  encodeDistributionMessage,
  serializeSenderKeyState,
} from '../crypto/index.js';
import { type ChainName, distributionId, type ReceivedChain, receiveChain } from './chain.js';
import { ConversationError, parsing } from './errors.js';
import { accountField, checkVersion, conversationField, deviceField, uint32Field } from './fields.js';
import { equalBytes } from './hash.js';
import type { OwnChain } from './own-chain.js';

/** Version of the records below, which only this device reads. */
const VERSION = 1;

const nameEntries = {
  v: v.literal(VERSION),
  conversation: conversationField,
  epoch: uint32Field,
  device: deviceField,
  generation: uint32Field,
};

const ownRecord = v.strictObject({
  ...nameEntries,
  first: schemas.bytes(512),
  next: uint32Field,
  to: v.array(deviceField),
});

const receivedRecord = v.strictObject({
  ...nameEntries,
  account: accountField,
  distribution: schemas.bytes(256),
});

function encodeName(name: ChainName) {
  return {
    v: VERSION,
    conversation: idBytes(name.conversation),
    epoch: name.epoch,
    device: idBytes(name.device),
    generation: name.generation,
  };
}

/** An own chain for the key store: secret. */
export function encodeOwnChain(chain: OwnChain): Uint8Array<ArrayBuffer> {
  return encodeCbor({
    ...encodeName(chain),
    first: serializeSenderKeyState(chain.first),
    next: chain.nextIteration,
    to: chain.distributedTo.map(idBytes),
  });
}

/** @throws ConversationError `conversation/malformed`, `conversation/version` */
export function decodeOwnChain(bytes: Uint8Array): OwnChain {
  return parsing('own chain', () => {
    checkVersion(bytes, VERSION, 'own chain');
    const { conversation, epoch, device, generation, ...record } = decodeCbor(ownRecord, bytes);
    const first = deserializeSenderKeyState(record.first);
    const name = { conversation, epoch, device, generation };
    if (!equalBytes(first.distributionId, idBytes(distributionId(name))))
      throw new ConversationError('conversation/malformed', 'own chain of another name');
    return { ...name, first, nextIteration: record.next, distributedTo: record.to };
  });
}

/** A received chain for the key store: secret. */
export function encodeReceivedChain(chain: ReceivedChain): Uint8Array<ArrayBuffer> {
  return encodeCbor({
    ...encodeName(chain),
    account: idBytes(chain.account),
    distribution: encodeDistributionMessage(chain.distribution),
  });
}

/** @throws ConversationError `conversation/malformed`, `conversation/version`, `conversation/misplaced` */
export function decodeReceivedChain(bytes: Uint8Array): ReceivedChain {
  return parsing('received chain', () => {
    checkVersion(bytes, VERSION, 'received chain');
    const { distribution, v: _, ...name } = decodeCbor(receivedRecord, bytes);
    return receiveChain(name, distribution);
  });
}
