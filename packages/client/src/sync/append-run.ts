import type { DeviceId, DocumentName } from '@sotto/protocol';
import { encodeStruct, feedRoot, joinUpdate, LIMITS, ProtocolError } from '@sotto/protocol';
import type { Connection } from './connection.js';

/** An envelope with its final place. */
export interface PlacedEnvelope {
  readonly document: DocumentName;
  readonly client: number;
  readonly clock: number;
  readonly envelope: Uint8Array;
}

/**
 * The longest run that one update can carry: same document and client, consecutive clocks, within the limits.
 * @param placed at least one, in order
 */
export function nextRun<T extends PlacedEnvelope>(placed: readonly T[]): T[] {
  const first = placed[0]!;
  const run: T[] = [];
  let bytes = 64;
  for (const item of placed) {
    bytes += item.envelope.length + 64;
    const fits = run.length < LIMITS.updateEnvelopes && (run.length === 0 || bytes <= LIMITS.updateBytes);
    const follows =
      item.document === first.document &&
      item.client === first.client &&
      item.clock === first.clock + run.length;
    if (!fits || !follows) break;
    run.push(item);
  }
  return run;
}

/** The update that carries a run from {@link nextRun}: the same bytes however often it is made. */
export function encodeRun(device: DeviceId, run: readonly PlacedEnvelope[]): Uint8Array<ArrayBuffer> {
  return joinUpdate(
    run.map(({ document, client, clock, envelope }) => ({
      document,
      client,
      clock,
      body: encodeStruct(feedRoot(device, client), client, clock, envelope),
    })),
  );
}

/**
 * Sends a run and waits for the answer.
 * @param counter state counter of a conversation's log, 0 for others
 * @returns how many of the run are durable now, from its beginning; at least one
 * @throws ProtocolError as refused; `service/unavailable` when the connection ended first
 */
export async function appendRun(
  connection: Connection,
  device: DeviceId,
  counter: number,
  run: readonly PlacedEnvelope[],
): Promise<number> {
  const { document, clock } = run[0]!;
  const next = await connection.append(document, counter, encodeRun(device, run));
  if (next <= clock) throw new ProtocolError('service/unavailable', { detail: 'nothing acknowledged' });
  return Math.min(next - clock, run.length);
}
