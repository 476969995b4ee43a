import type { DeviceId, Position } from '@sotto/protocol';
import { idFromBytes, LIMITS } from '@sotto/protocol';
import {
  isCryptoError,
  openSenderKeyMessage,
  parseSenderKeyMessage,
  type SenderKeyMessage,
  type SenderMessageKey,
  sealSenderKeyMessage,
  type VerifiedSenderKeyMessage,
  verifySenderKeyMessage,
} from '../crypto/index.js';
import { type Binding, chainPlace, decodeBinding, encodeBinding } from './binding.js';
import { CHAIN_ID, distributionId, knownDistributionId, type ReceivedChain } from './chain.js';
import type { ChainCache } from './chain-cache.js';
import { ConversationError, isConversationError, parsing } from './errors.js';
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

/** An envelope as it was found. */
export interface FoundEnvelope {
  readonly bytes: Uint8Array;
  readonly position: Position;
  /** The device that the feed's root names. */
  readonly device: DeviceId;
}

/** What opening needs to know of chains. */
export interface ChainsAtHand {
  /** The stored chains by distribution id. */
  readonly chains: (id: DistributionId) => ReceivedChain | undefined;
  readonly cache: ChainCache;
}

/**
 * Opens an envelope found at a position. Nothing is decrypted before its signature holds, and nothing is returned that
 * its author did not bind to this very place.
 * @throws ConversationError `conversation/malformed`, `conversation/version`, `conversation/forged`,
 * `conversation/misplaced`, `conversation/repeated`, `conversation/too-far`, `conversation/too-large`
 */
export async function openEnvelope(input: FoundEnvelope & ChainsAtHand): Promise<OpenedEnvelope> {
  return place(await unseal(await verifyFound(input, input), input), input);
}

/**
 * Opens several as {@link openEnvelope} would one after the other, in a fraction of the time: the engine's cryptography
 * works on many at once. A hundred or two at a time keep it busy.
 * @returns for each in order, what it gave, or why it was refused
 */
export async function openEnvelopes(
  found: readonly FoundEnvelope[],
  at: ChainsAtHand,
): Promise<(OpenedEnvelope | ConversationError)[]> {
  const verified = await Promise.all(found.map((one) => orRefused(() => verifyFound(one, at))));
  // Keys are taken in order here, so that each chain is stepped forwards only.
  const unsealed = await Promise.all(
    verified.map((one) => (isRefused(one) ? one : orRefused(() => unseal(one, at)))),
  );
  // In order again: of two with one iteration the first counts.
  return Promise.all(
    unsealed.map((one, index) =>
      isRefused(one) ? one : orRefused(async () => place(one, { ...found[index]!, ...at })),
    ),
  );
}

const isRefused = (value: object): value is ConversationError => value instanceof ConversationError;

async function orRefused<T extends object>(action: () => Promise<T>): Promise<T | ConversationError> {
  try {
    return await action();
  } catch (error) {
    if (isConversationError(error)) return error;
    throw error;
  }
}

type NoKey = Extract<OpenedEnvelope, { status: 'no-key' }>;
type Verified =
  | NoKey
  | ({ readonly chain: ReceivedChain; readonly message: VerifiedSenderKeyMessage } & EnvelopeHeader);
type Unsealed = NoKey | ({ readonly chain: ReceivedChain; readonly plaintext: Uint8Array } & EnvelopeHeader);

/** Finds an envelope's chain and verifies its signature. */
async function verifyFound({ bytes, position, device }: FoundEnvelope, at: ChainsAtHand): Promise<Verified> {
  const { conversation } = chainPlace(position);
  const parsed = parse(bytes);
  const named = header(parsed);
  const chain = at.chains(named.distributionId);
  if (!chain) return { status: 'no-key', ...named };
  checkChain(chain, named.distributionId, { conversation, device });
  if (parsed.chainId !== CHAIN_ID) throw new ConversationError('conversation/misplaced', 'chain id');
  return { ...named, chain, message: await verifySignature(parsed, chain) };
}

/** Decrypts what was verified; where it claims to belong is not looked at yet. */
async function unseal(verified: Verified, { cache }: ChainsAtHand): Promise<Unsealed> {
  if ('status' in verified) return verified;
  const { distributionId, iteration, chain, message } = verified;
  const key = cache.messageKey(distributionId, chain, iteration);
  if (!key) return { status: 'no-key', distributionId, iteration };
  return { distributionId, iteration, chain, plaintext: await decrypt(message, key) };
}

/** Compares the binding with where the envelope was found, and notes that its iteration is used. */
function place(unsealed: Unsealed, { position, cache }: FoundEnvelope & ChainsAtHand): OpenedEnvelope {
  if ('status' in unsealed) return unsealed;
  const { chain, iteration } = unsealed;
  const { binding, event } = decodeBinding(unsealed.plaintext);
  const { client, clock } = position;
  checkBinding(binding, { ...chainPlace(position), epoch: chain.epoch, client, clock });
  cache.use(unsealed.distributionId, iteration, position);
  return { status: 'open', binding, chain, iteration, event };
}

function parse(bytes: Uint8Array): SenderKeyMessage {
  if (bytes.length > LIMITS.envelopeBytes) throw new ConversationError('conversation/too-large', 'envelope');
  return parsing('sender key message', () => parseSenderKeyMessage(bytes));
}

function header(parsed: SenderKeyMessage): EnvelopeHeader {
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
  const isSame = chain.conversation === found.conversation && chain.device === found.device;
  const expected = isSame ? knownDistributionId(chain) : distributionId({ ...chain, ...found });
  if (expected !== id)
    throw new ConversationError('conversation/misplaced', 'chain of another device or conversation');
}

async function verifySignature(
  parsed: SenderKeyMessage,
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
