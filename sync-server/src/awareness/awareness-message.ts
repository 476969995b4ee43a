import type { LogName } from '@sotto/protocol';
import { ByteReader, ByteWriter, DecodeError, LIMITS, parseLogName } from '@sotto/protocol';

/** Bytes that tell one server from the others. */
export const SERVER_ID_BYTES = 16;

/** Sealed awareness on its way between servers. */
export interface AwarenessMessage {
  /** Which server said so. */
  readonly from: Uint8Array;
  readonly log: LogName;
  readonly payload: Uint8Array;
}

export function encodeAwarenessMessage({ from, log, payload }: AwarenessMessage): Uint8Array {
  return new ByteWriter(64 + payload.length).raw(from).varString(log).varBytes(payload).finish();
}

/** @returns undefined for what no server of ours says */
export function decodeAwarenessMessage(bytes: Uint8Array): AwarenessMessage | undefined {
  try {
    const reader = new ByteReader(bytes);
    const from = reader.take(SERVER_ID_BYTES);
    const { name: log } = parseLogName(reader.varString());
    const payload = reader.varBytes();
    reader.end();
    return payload.length > LIMITS.awarenessBytes ? undefined : { from, log, payload };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
