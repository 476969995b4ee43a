import type { DeviceId, Position } from '@sotto/protocol';
import { idFromBytes, LIMITS } from '@sotto/protocol';
import {
  isCryptoError,
  openSenderKeyMessage,
  type ParsedSenderKeyMessage,
  parseSenderKeyMessage,
  type SenderMessageKey,
  sealSenderKeyMessage,
  type VerifiedSenderKeyMessage,
  verifySenderKeyMessage,
} from '../crypto/index.js';
import { type Binding, chainPlace, decodeBinding, encodeBinding } from './binding.js';
import { CHAIN_ID, distributionId, type ReceivedChain } from './chain.js';
import type { ChainCache } from './chain-cache.js';
import { ConversationError, parsing } from './errors.js';
import type { DistributionId } from './fields.js';
import { type OwnChain, stateAt } from './own-chain.js';

/** What the writer binds an envelope to; conversation and epoch are its chain's. */
export type EnvelopeBinding = Omit<Binding, 'conversation' | 'epoch'>;

/**
 * Seals an event for one position (SPEC X7, X8). The bytes are new each time, so freeze them before they leave.
 * @param input.iteration one that {@link takeIterations} gave for this envelope alone
 * @param input.event as `encodeEvent` gives it
 * @throws ConversationError `conversation/too-large`, `conversation/too-far`
 */
export async function sealEnvelope(input: {
  chain: OwnChain;
  iteration: number;
  binding: EnvelopeBinding;
  event: Uint8Array;
}): Promise<Uint8Array> {
  const { conversation, epoch } = input.chain;
  const plaintext = encodeBinding({ ...input.binding, conversation, epoch }, input.event);
  const { message } = await sealSenderKeyMessage(stateAt(input.chain, input.iteration), plaintext);
  return message;
}

/** Which chain and iteration an envelope says it is sealed by; not verified. */
export interface EnvelopeHeader {
  readonly distributionId: DistributionId;
  readonly iteration: number;
}

/** @throws ConversationError `conversation/malformed`, `conversation/too-large` */
export function readEnvelopeHeader(bytes: Uint8Array): EnvelopeHeader {
  return header(parse(bytes));
}

export type OpenedEnvelope =
  | {
      readonly status: 'open';
      readonly binding: Binding;
      /** Whose chain opened it: the author. */
      readonly chain: ReceivedChain;
      readonly iteration: number;
      /** For `decodeEvent`. */
      readonly event: Uint8Array<ArrayBuffer>;
    }
  /** No record of this chain, or only one that begins later: keep the envelope until one comes. */
  | ({ readonly status: 'no-key' } & EnvelopeHeader);

/**
 * Opens an envelope found at a position. Nothing is decrypted before its signature holds, and nothing is returned that
 * its author did not bind to this very place.
 * @param input.device the device that the feed's root names
 * @param input.chains the stored chains by distribution id
 * @throws ConversationError `conversation/malformed`, `conversation/version`, `conversation/forged`,
 * `conversation/misplaced`, `conversation/repeated`, `conversation/too-far`, `conversation/too-large`
 */
export async function openEnvelope(input: {
  bytes: Uint8Array;
  position: Position;
  device: DeviceId;
  chains: (id: DistributionId) => ReceivedChain | undefined;
  cache: ChainCache;
}): Promise<OpenedEnvelope> {
  const { position, device, cache } = input;
  const place = chainPlace(position);
  const parsed = parse(input.bytes);
  const named = header(parsed);
  const chain = input.chains(named.distributionId);
  if (!chain) return { status: 'no-key', ...named };
  checkChain(chain, named.distributionId, { conversation: place.conversation, device });
  if (parsed.chainId !== CHAIN_ID) throw new ConversationError('conversation/misplaced', 'chain id');

  const verified = await verifySignature(parsed, chain);
  const key = cache.messageKey(named.distributionId, chain, named.iteration);
  if (!key) return { status: 'no-key', ...named };
  const { binding, event } = decodeBinding(await decrypt(verified, key));
  checkBinding(binding, { ...place, epoch: chain.epoch, client: position.client, clock: position.clock });
  cache.use(named.distributionId, named.iteration, position);
  return { status: 'open', binding, chain, iteration: named.iteration, event };
}

function parse(bytes: Uint8Array): ParsedSenderKeyMessage {
  if (bytes.length > LIMITS.envelopeBytes) throw new ConversationError('conversation/too-large', 'envelope');
  return parsing('sender key message', () => parseSenderKeyMessage(bytes));
}

function header(parsed: ParsedSenderKeyMessage): EnvelopeHeader {
  return {
    distributionId: idFromBytes<DistributionId>(parsed.distributionId),
    iteration: parsed.iteration,
  };
}

/** The chain must be the one of this device in this conversation, and its id derived from that. */
function checkChain(
  chain: ReceivedChain,
  id: DistributionId,
  found: Pick<ReceivedChain, 'conversation' | 'device'>,
): void {
  const expected = { ...found, epoch: chain.epoch, generation: chain.generation };
  if (distributionId(expected) !== id)
    throw new ConversationError('conversation/misplaced', 'chain of another device or conversation');
}

async function verifySignature(
  parsed: ParsedSenderKeyMessage,
  chain: ReceivedChain,
): Promise<VerifiedSenderKeyMessage> {
  try {
    return await verifySenderKeyMessage(parsed, chain.distribution.signingKey);
  } catch (error) {
    if (isCryptoError(error, 'crypto/invalid-signature'))
      throw new ConversationError('conversation/forged', 'envelope signature', error);
    throw error;
  }
}

async function decrypt(message: VerifiedSenderKeyMessage, key: SenderMessageKey): Promise<Uint8Array> {
  try {
    return await openSenderKeyMessage(message, key);
  } catch (error) {
    if (isCryptoError(error, 'crypto/invalid-message'))
      throw new ConversationError('conversation/malformed', 'ciphertext', error);
    throw error;
  }
}

type Place = Pick<Binding, 'conversation' | 'log' | 'segment' | 'epoch' | 'client' | 'clock'>;

function checkBinding(binding: Binding, place: Place): void {
  for (const field of Object.keys(place) as (keyof Place)[]) {
    if (binding[field] !== place[field])
      throw new ConversationError('conversation/misplaced', `bound to another ${field}`);
  }
}
