import type { DocumentName, LogRecord, StateVector, YjsMessage } from '@sotto/protocol';
import { joinUpdate } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';

/**
 * Everything of a document that `have` lacks: updates, then one answer which says that this was all (SPEC W5). A piece is
 * read when the one before it was taken: a document may be larger than what one reader may cost in memory (S13).
 * @param most bytes of one of them, about
 * @throws ProtocolError when storage can't be read: an answer is never empty for that reason
 */
export async function* readAnswer(
  log: LogStore,
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
    const after = piece.length > 0 ? await next() : [];
    yield { step: after.length > 0 ? 'update' : 'answer', payload: joinUpdate(piece) };
    if (after.length === 0) return;
    piece = after;
  }
}
