import type { DocumentName } from '@sotto/protocol';
import { encodeStateVector, ProtocolError, parseDocumentName } from '@sotto/protocol';
import { readOwnRun } from '../log/appending.js';
import { admit } from './admit.js';
import type { FrameOf, Requester } from './requester.js';

/** Takes a batch of own envelopes: in order within its document, never waiting for another one (SPEC W6). */
export function append(device: Requester, frame: FrameOf<'append'>): void {
  const about = { batch: frame.batch, subject: frame.document };
  admit(device, frame.document, frame.update.length, about, () => write(device, frame));
}

/** Appends to the state log and changes the access list with it (SPEC W7). */
export function advance(device: Requester, frame: FrameOf<'advance'>): void {
  const about = { batch: frame.batch, subject: frame.document };
  admit(device, frame.document, frame.update.length, about, async () => {
    const { advancing, pace } = device.parts;
    const counter = await advancing.advance(device, frame, (records) =>
      pace.appends(device.identity, records),
    );
    const { batch, conversation } = frame;
    device.send({ type: 'advanced', batch, conversation, counter });
  });
}

async function write(
  device: Requester,
  { batch, counter, document, update }: FrameOf<'append'>,
): Promise<void> {
  const run = readOwnRun(device, document, update);
  try {
    const { next, refusal } = await device.parts.appending.append(device, run, counter);
    if (next !== undefined) device.send({ type: 'ack', batch, document, client: run.client, next });
    if (refusal?.code === 'sync/gap') await askFrom(device, document, run.client);
    if (refusal) throw refusal;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'sync/stale') await tellCounter(device, document);
    if (error instanceof ProtocolError && error.code === 'sync/segment-closed')
      await tellHead(device, document);
    throw error;
  }
}

/** Where the own feed ends on the server, so that the missing part can be sent (SPEC S4). */
async function askFrom(device: Requester, document: DocumentName, client: number): Promise<void> {
  const next = await device.parts.appending.next(document, client);
  const payload = encodeStateVector(new Map([[client, next]]));
  device.send({ type: 'sync', document, message: { step: 'state-vector', payload } });
}

/** The counter that stands, for a device that missed its notice (SPEC S6). */
async function tellCounter(device: Requester, name: DocumentName): Promise<void> {
  const { log } = parseDocumentName(name).document;
  if (log.kind !== 'm' && log.kind !== 'r') return;
  const counter = await device.parts.rights.read(device.identity, log);
  device.notice({ kind: 'access', conversation: log.owner, counter, member: true });
}

/** Where the log has got to, for a writer that did not see it grow (SPEC S7). */
async function tellHead(device: Requester, name: DocumentName): Promise<void> {
  const { log } = parseDocumentName(name);
  const { segment, count } = await device.parts.log.head(log);
  device.send({ type: 'head', log, segment, count });
}
