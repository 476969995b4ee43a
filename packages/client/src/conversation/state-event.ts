import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, idBytes, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { type Clock, clockField, clockTuple } from './clock.js';
import { ConversationError, parsing } from './errors.js';
import { accountField, checkVersion, conversationField, deviceField, typeField } from './fields.js';
import { sha256 } from './hash.js';
import { type StateBodies, type StateType, stateBodyEncoders, stateBodySchemas } from './state-body.js';

/** Stands before the content where it is signed and where it is hashed. */
export const STATE_EVENT_LABEL = 'Sotto state event v1';
const VERSION = 1;
/** Largest content of a state event: a group of 1,024 fits. */
export const MAX_STATE_BYTES = 60_000;
/** Most parents one event names; who has more heads than this names the lowest. */
export const MAX_PARENTS = 64;

/** What every state event says. */
export interface StateEventBase {
  readonly conversation: ConversationId;
  /** SHA-256 hashes of the heads that the author knew; none on a creation. */
  readonly parents: readonly Uint8Array[];
  readonly device: DeviceId;
  readonly account: AccountId;
  /** For showing it; decides nothing. */
  readonly clock: Clock;
  /** The conversation's state counter that this event raises it to. */
  readonly counter: number;
}

/** A state event of one type, or of any that this program knows. */
export type StateEventOf<T extends StateType = StateType> = {
  [K in T]: StateEventBase & { readonly type: K; readonly body: StateBodies[K] };
}[T];
export type KnownStateEvent = StateEventOf;
export type CreateEvent = StateEventOf<'create'>;
export type EpochEvent = StateEventOf<'epoch'>;

/** What a later program wrote: it counts in the hash graph and means nothing here. */
export interface UnknownStateEvent extends StateEventBase {
  readonly type: 'unknown';
  /** The type it was written under. */
  readonly name: string;
}

export type StateEvent = KnownStateEvent | UnknownStateEvent;

const hashField = schemas.bytesOf(32);

const contentShape = v.object({
  v: v.literal(VERSION),
  type: typeField,
  conversation: conversationField,
  parents: v.pipe(v.array(hashField), v.maxLength(MAX_PARENTS)),
  device: deviceField,
  account: accountField,
  clock: clockField,
  counter: schemas.count,
  body: v.unknown(),
});

/**
 * The content of a state event: what is signed and hashed (SPEC X11).
 * @throws ConversationError `conversation/too-large`
 */
export function encodeStateEvent(event: KnownStateEvent): Uint8Array<ArrayBuffer> {
  const encodeBody = stateBodyEncoders[event.type] as (body: KnownStateEvent['body']) => unknown;
  const content = encodeCbor({
    v: VERSION,
    type: event.type,
    conversation: idBytes(event.conversation),
    parents: event.parents,
    device: idBytes(event.device),
    account: idBytes(event.account),
    clock: clockTuple(event.clock),
    counter: event.counter,
    body: encodeBody(event.body),
  });
  if (content.length > MAX_STATE_BYTES || event.parents.length > MAX_PARENTS)
    throw new ConversationError('conversation/too-large', 'state event');
  return content;
}

/** @throws ConversationError `conversation/malformed`, `conversation/version`, `conversation/too-large` */
export function decodeStateEvent(content: Uint8Array): StateEvent {
  if (content.length > MAX_STATE_BYTES) throw new ConversationError('conversation/too-large', 'state event');
  return parsing('state event', () => {
    checkVersion(content, VERSION, 'state event');
    const { v: _, type, body, ...base } = decodeCbor(contentShape, content);
    if (!isKnown(type)) return { ...base, type: 'unknown', name: type };
    return { ...base, type, body: shaped(stateBodySchemas[type], body) } as KnownStateEvent;
  });
}

function isKnown(type: string): type is StateType {
  return Object.hasOwn(stateBodySchemas, type);
}

function shaped<const S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (!result.success) throw new ConversationError('conversation/malformed', 'state event body');
  return result.output;
}

/** How other state events name this one, 32 bytes. The signature is not in it: it can be made in more than one way. */
export function stateEventHash(content: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(STATE_EVENT_LABEL, content);
}
