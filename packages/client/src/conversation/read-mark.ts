import type { DeviceId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, idBytes } from '@sotto/protocol';
import * as v from 'valibot';
import { type Clock, clockField, clockTuple, compare } from './clock.js';
import { parsing } from './errors.js';
import { deviceField } from './fields.js';

/** Everything up to here in the timeline's order was seen. */
export interface ReadMark {
  readonly clock: Clock;
  readonly device: DeviceId;
}

/** The further of two marks: marks only move forwards, whichever device they come from. */
export function laterMark(a: ReadMark | undefined, b: ReadMark): ReadMark {
  return a && compare(a.clock, b.clock, a.device, b.device) >= 0 ? a : b;
}

export function encodeReadMark(mark: ReadMark): Uint8Array<ArrayBuffer> {
  return encodeCbor([clockTuple(mark.clock), idBytes(mark.device)]);
}

/** @throws ConversationError `conversation/malformed` */
export function decodeReadMark(bytes: Uint8Array): ReadMark {
  return parsing('read mark', () => {
    const [clock, device] = decodeCbor(v.strictTuple([clockField, deviceField]), bytes);
    return { clock, device };
  });
}
