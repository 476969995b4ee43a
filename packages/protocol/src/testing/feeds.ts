import * as Y from 'yjs';
import type { DocumentName, LogName } from '../documents.js';
import { documentName, feedRoot, logName } from '../documents.js';
import type { ConversationId, DeviceId } from '../ids.js';
import { randomId } from '../ids.js';
import type { SeededRandom } from './seeded-random.js';

export const LOG: LogName = logName('m', randomId<ConversationId>());
export const DOCUMENT: DocumentName = documentName(LOG, 0);

/** One writer of a real Yjs document, and every update that Yjs emitted for what it pushed. */
export interface YjsWriter {
  readonly client: number;
  readonly root: string;
  readonly doc: Y.Doc;
  readonly updates: Uint8Array[];
  /** Pushes in one call, so Yjs makes one update of them. */
  push(envelopes: Uint8Array[]): void;
}

export function yjsWriter(client: number, device = randomId<DeviceId>()): YjsWriter {
  const doc = new Y.Doc();
  doc.clientID = client;
  const root = feedRoot(device, client);
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  return { client, root, doc, updates, push: (envelopes) => doc.getArray<Uint8Array>(root).push(envelopes) };
}

/** Writers with random client ids (up to 53 bits), each its own, that pushed random envelopes in random batches. */
export function randomWriters(random: SeededRandom, count: number, batches: number): YjsWriter[] {
  const clients = new Set<number>();
  while (clients.size < count) clients.add(random.int(2 ** random.pick([7, 14, 32, 53])));
  return [...clients].map((client) => {
    const writer = yjsWriter(client);
    for (let batch = 0; batch < batches; batch += 1)
      writer.push(Array.from({ length: 1 + random.int(5) }, () => random.bytes(random.int(200))));
    return writer;
  });
}
