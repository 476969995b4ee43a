import { decodeCbor, encodeCbor } from '@sotto/protocol';
import * as v from 'valibot';
import { envelopeId, parseEnvelopeId, runId } from './envelope-ids.js';
import type { StoredEnvelope } from './message-store.js';

/** Shorter runs are kept envelope by envelope. */
const SHORTEST = 8;
/** Bounds of what is sealed and written as one document. */
const LONGEST = 256;
const MOST_BYTES = 512 * 1_024;

const runSchema = v.array(v.instance(Uint8Array));

/** Documents that keep these envelopes, long runs of consecutive ones together. */
export function documentsOf(envelopes: readonly StoredEnvelope[]): [id: string, value: Uint8Array][] {
  return runsOf(envelopes).flatMap((run): [string, Uint8Array][] =>
    run.length < SHORTEST
      ? run.map((envelope) => [envelopeId(envelope), envelope.content])
      : [[runId(run[0]!, run.length), encodeCbor(run.map(({ content }) => content))]],
  );
}

function runsOf(envelopes: readonly StoredEnvelope[]): StoredEnvelope[][] {
  const runs: StoredEnvelope[][] = [];
  let bytes = 0;
  for (const envelope of envelopes) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const follows =
      last &&
      last.document === envelope.document &&
      last.client === envelope.client &&
      last.clock + 1 === envelope.clock;
    bytes += envelope.content.length;
    if (run && follows && run.length < LONGEST && bytes <= MOST_BYTES) {
      run.push(envelope);
    } else {
      runs.push([envelope]);
      bytes = envelope.content.length;
    }
  }
  return runs;
}

/** Undoes {@link documentsOf}, in the order of positions: what is kept by itself replaces what a run says. */
export function envelopesOf(
  documents: readonly (readonly [id: string, value: Uint8Array])[],
): StoredEnvelope[] {
  const found = new Map<string, StoredEnvelope>();
  const single: StoredEnvelope[] = [];
  for (const [id, value] of documents) {
    const { position, count } = parseEnvelopeId(id);
    if (count === undefined) single.push({ ...position, content: value });
    else
      for (const [index, content] of decodeCbor(runSchema, value).entries())
        add(found, { ...position, clock: position.clock + index, content });
  }
  for (const envelope of single) add(found, envelope);
  return [...found.values()].sort((a, b) => a.client - b.client || a.clock - b.clock);
}

function add(found: Map<string, StoredEnvelope>, envelope: StoredEnvelope): void {
  found.set(`${envelope.client}/${envelope.clock}`, envelope);
}

/** Next clock per client, counting contiguous envelopes from 0 only. @param ids in their order */
export function vectorOf(ids: readonly string[]): Map<number, number> {
  const vector = new Map<number, number>();
  for (const id of ids) {
    const { position, count = 1 } = parseEnvelopeId(id);
    const { client, clock } = position;
    const next = vector.get(client) ?? 0;
    // Ids come in clock order, so what follows a hole never fits again.
    if (clock <= next) vector.set(client, Math.max(next, clock + count));
  }
  return vector;
}
