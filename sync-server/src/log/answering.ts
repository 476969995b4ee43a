import type { DocumentName, LogRecord, StateVector, YjsMessage } from '@sotto/protocol';
import { joinUpdate } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';

function sizeOf(records: readonly LogRecord[]): number {
  return records.reduce((sum, { body }) => sum + body.length, 0);
}

/**
 * Everything of a document that `have` lacks: updates, then one answer which says that this was all (SPEC W5). A piece is
 * read when the one before it was taken: a document may be larger than what one reader may cost in memory (S13).
 * @param most bytes of one of them, about
 * @throws ProtocolError when storage can't be read: an answer is never empty for that reason
 */
export async function* readAnswer(
  log: Pick<LogStore, 'read'>,
  document: DocumentName,
  have: StateVector,
  most: number,
): AsyncIterable<YjsMessage> {
  const seen = new Map(have);
  const next = async (): Promise<LogRecord[]> => {
    const piece = await log.read(document, seen, most);
    for (const { client, clock } of piece) seen.set(client, clock + 1);
    return piece;
  };
  let piece = await next();
  for (;;) {
    // A read that stopped before its bound found all there was.
    const after = sizeOf(piece) >= most ? await next() : [];
    yield { step: after.length > 0 ? 'update' : 'answer', payload: joinUpdate(piece) };
    if (after.length === 0) return;
    piece = after;
  }
}
