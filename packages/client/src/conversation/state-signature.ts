import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { type KeyPair, SIGNATURE_LENGTH, sign } from '../crypto/index.js';
import { ConversationError, parsing } from './errors.js';
import { equalBytes } from './hash.js';
import { holds } from './signature.js';
import {
  decodeStateEvent,
  encodeStateEvent,
  type KnownStateEvent,
  MAX_STATE_BYTES,
  STATE_EVENT_LABEL,
  type StateEvent,
  type StateEventOf,
  stateEventHash,
} from './state-event.js';

/** What verified device lists say of a device, past devices included: an event outlives its author's device. */
export interface KnownDevice {
  readonly account: AccountId;
  /** Device identity key, 33 bytes. */
  readonly key: Uint8Array;
  /** Identity keys of the account that signed lists with it: more than one where the account went on under another. */
  readonly identities: readonly Uint8Array[];
  /** Version of the newest list of the account that is known, and whether all devices of its earlier ones are. */
  readonly newest: number;
  readonly isPastKnown: boolean;
  /** Of a device that is not on the newest: the last list known to name it, and the first after that known not to. */
  readonly left?: { readonly last: number; readonly gone: number };
}

declare const verified: unique symbol;
/** An event whose author is known; only such a one is folded. */
export interface VerifiedStateEvent {
  readonly event: StateEvent;
  readonly hash: Uint8Array;
  /** What it says of devices takes device lists that are not known here: until they are it has no effect. */
  readonly pending?: boolean;
  readonly [verified]: true;
}

const signedShape = v.strictTuple([schemas.bytes(MAX_STATE_BYTES), schemas.bytesOf(SIGNATURE_LENGTH)]);
const label = new TextEncoder().encode(STATE_EVENT_LABEL);

/**
 * Encodes and signs a state event: CBOR `[content, signature]`.
 * @param deviceKey identity key pair of the device that the event names
 * @throws ConversationError `conversation/too-large`
 */
export function signStateEvent(event: KnownStateEvent, deviceKey: KeyPair): Uint8Array<ArrayBuffer> {
  const content = encodeStateEvent(event);
  return encodeCbor([content, sign(deviceKey.privateKey, signedBytes(content))]);
}

/**
 * Reads a signed state event without believing it: to learn whose lists are needed.
 * @throws ConversationError `conversation/malformed`, `conversation/version`, `conversation/too-large`
 */
export function readStateEvent(signed: Uint8Array): { event: StateEvent; hash: Uint8Array } {
  const [content] = split(signed);
  return { event: decodeStateEvent(content), hash: stateEventHash(content) };
}

/**
 * Verifies a signed state event.
 * @param devices a device by its id, if a verified list names it
 * @throws ConversationError `conversation/unknown-device` (try again with newer lists), `conversation/forged`,
 * `conversation/misplaced`, `conversation/malformed`, `conversation/version`, `conversation/too-large`
 */
export async function verifyStateEvent(
  signed: Uint8Array,
  conversation: ConversationId,
  devices: (device: DeviceId) => KnownDevice | undefined,
): Promise<VerifiedStateEvent> {
  const [content, signature] = split(signed);
  const event = decodeStateEvent(content);
  if (event.conversation !== conversation)
    throw new ConversationError('conversation/misplaced', 'state event of another conversation');
  const author = devices(event.device);
  if (!author) throw new ConversationError('conversation/unknown-device', 'author of a state event');
  if (author.account !== event.account || !(await holds(author.key, signedBytes(content), signature)))
    throw new ConversationError('conversation/forged', 'state event signature');
  checkOwnIdentity(event, author);
  const proof = event.type === 'bound' ? boundProof(event, author, devices) : 'holds';
  const hash = stateEventHash(content);
  return {
    event: proof === 'holds' ? event : powerless(event),
    hash,
    pending: proof === 'pending',
  } as VerifiedStateEvent;
}

/** A founder can't introduce himself under an identity that never listed his device. */
function checkOwnIdentity(event: StateEvent, author: KnownDevice): void {
  if (event.type !== 'create') return;
  const self = event.body.members.find(({ account }) => account === author.account);
  if (self && !author.identities.some((listed) => equalBytes(self.identity, listed)))
    throw new ConversationError('conversation/forged', 'identity of the founder');
}

/**
 * A device bounds only others of its account that were off the list when it was still on it: so who was removed says nothing of
 * who stayed.
 */
function boundProof(
  { body: { list, devices: named } }: StateEventOf<'bound'>,
  author: KnownDevice,
  devices: (device: DeviceId) => KnownDevice | undefined,
): 'holds' | 'pending' | 'wrong' {
  const gone = named.map((id) => {
    const device = devices(id);
    if (!device) return author.isPastKnown ? false : undefined;
    return device.account === author.account && hasLeft(device, list);
  });
  const hasAuthor = hasLeft(author, list);
  if (hasAuthor || gone.includes(false)) return list > author.newest ? 'pending' : 'wrong';
  return list > author.newest || hasAuthor === undefined || gone.includes(undefined) ? 'pending' : 'holds';
}

/** Whether a device was off the list of this version, after it had been on one; undefined where that is not known. */
function hasLeft({ left }: KnownDevice, list: number): boolean | undefined {
  if (!left || list <= left.last) return false;
  return list < left.gone ? undefined : true;
}

/** It counts in the graph and means nothing. */
function powerless({ type, conversation, parents, device, account, clock, counter }: StateEvent): StateEvent {
  return { type: 'unknown', name: type, conversation, parents, device, account, clock, counter };
}

function split(signed: Uint8Array): [content: Uint8Array, signature: Uint8Array] {
  return parsing('signed state event', () => decodeCbor(signedShape, signed));
}

function signedBytes(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(label.length + content.length);
  bytes.set(label);
  bytes.set(content, label.length);
  return bytes;
}
