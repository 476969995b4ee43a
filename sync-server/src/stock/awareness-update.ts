import { ByteReader, ByteWriter, DecodeError } from '@sotto/protocol';

/** One id's state in y-protocols/awareness. */
export interface AwarenessEntry {
  readonly id: number;
  readonly clock: number;
  /** JSON; `null` when the id is gone. */
  readonly state: string;
}

const MOST_ENTRIES = 256;

/** @throws DecodeError */
export function decodeAwareness(payload: Uint8Array): AwarenessEntry[] {
  const reader = new ByteReader(payload);
  const count = reader.varUint();
  if (count > MOST_ENTRIES) throw new DecodeError('too-many', 'awareness');
  const entries: AwarenessEntry[] = [];
  for (let index = 0; index < count; index += 1)
    entries.push({ id: reader.varUint(), clock: reader.varUint(), state: reader.varString() });
  reader.end();
  return entries;
}

export function encodeAwareness(entries: readonly AwarenessEntry[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter().varUint(entries.length);
  for (const { id, clock, state } of entries) writer.varUint(id).varUint(clock).varString(state);
  return writer.finish();
}
