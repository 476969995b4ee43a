import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  documentName,
  idFromBytes,
  logName,
  type Position,
} from '@sotto/protocol';
import { type EnvelopeBinding, sealEnvelope } from './envelope.js';
import { isConversationError } from './errors.js';
import { createMessage, encodeEvent } from './event.js';
import { NO_HASH } from './hash.js';
import { createOwnChain, type OwnChain } from './own-chain.js';

/** Fixed names and shortcuts for the tests of sealed contents. Only for tests. */
export const conversation = id<ConversationId>(0xc0);
export const device = id<DeviceId>(0xd0);
export const account = id<AccountId>(0xa0);
export const clock = { wall: 1_760_000_000_000, counter: 1 };

export function id<T extends AccountId | ConversationId | DeviceId>(fill: number): T {
  return idFromBytes<T>(new Uint8Array(16).fill(fill));
}

/** A large client id: the longest varint. */
export const CLIENT = 2 ** 53 - 7;

export function bindingAt(more: Partial<EnvelopeBinding> = {}): EnvelopeBinding {
  return {
    log: 'm',
    segment: 3,
    client: CLIENT,
    clock: 41,
    seq: 800,
    prev: NO_HASH,
    stateHead: new Uint8Array(16).fill(7),
    listVersion: 4,
    ...more,
  };
}

export function positionAt(more: Partial<EnvelopeBinding> = {}, of: ConversationId = conversation): Position {
  const { log, segment, client, clock: at } = bindingAt(more);
  return { document: documentName(logName(log, of), segment), client, clock: at };
}

export function chainOf(more: Partial<OwnChain> = {}): OwnChain {
  return createOwnChain({ conversation, epoch: 2, device, generation: 1, ...more });
}

export function messageBytes(text: string): Uint8Array {
  return encodeEvent(createMessage({ text, clock }));
}

export function sealText(chain: OwnChain, iteration: number, text: string, binding = bindingAt()) {
  return sealEnvelope({ chain, iteration, binding, event: messageBytes(text) });
}

/** The code of the ConversationError that an action fails with; anything else is thrown on. */
export async function codeOf(action: () => unknown): Promise<string | undefined> {
  try {
    await action();
  } catch (error) {
    if (isConversationError(error)) return error.code;
    throw error;
  }
  return undefined;
}
