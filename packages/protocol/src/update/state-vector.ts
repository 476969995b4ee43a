import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { DecodeError } from '../errors/decode-error.js';
import { LIMITS } from '../limits.js';

/** Yjs client id to the clock that comes next: how much of each feed somebody holds. */
export type StateVector = ReadonlyMap<number, number>;

/** Encodes as Yjs does: clients in falling order. */
export function encodeStateVector(vector: StateVector): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(8 + vector.size * 12);
  writer.varUint(vector.size);
  for (const [client, clock] of [...vector].sort(([a], [b]) => b - a)) writer.varUint(client).varUint(clock);
  return writer.finish();
}

/** @throws DecodeError also when a client is named twice */
export function decodeStateVector(bytes: Uint8Array): Map<number, number> {
  const reader = new ByteReader(bytes);
  const count = reader.varUint();
  if (count > LIMITS.answerStructs) throw new DecodeError('too-many', 'state vector');
  const vector = new Map<number, number>();
  for (let index = 0; index < count; index += 1) {
    const client = reader.varUint();
    if (vector.has(client)) throw new DecodeError('shape', 'client named twice');
    vector.set(client, reader.varUint());
  }
  reader.end();
  return vector;
}
