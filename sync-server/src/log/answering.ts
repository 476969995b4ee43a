import type { DocumentName, LogRecord, StateVector, YjsMessage } from '@sotto/protocol';
import { joinUpdate } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';

/** Cuts records, grouped by client with clocks rising, where a join of them would grow beyond `most` bytes. */
function* pieces(records: readonly LogRecord[], most: number): Iterable<LogRecord[]> {
  let piece: LogRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    if (piece.length > 0 && bytes + record.body.length > most) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(record);
    bytes += record.body.length;
  }
  yield piece;
}

/**
 * Everything of a document that `have` lacks: updates, then one answer which says that this was all (SPEC W5).
 * @param most bytes of one of them, about
 * @throws ProtocolError when storage can't be read: an answer is never empty for that reason
 */
export async function readAnswer(
  log: LogStore,
  document: DocumentName,
  have: StateVector,
  most: number,
): Promise<YjsMessage[]> {
  const joined = [...pieces(await log.read(document, have), most)].map(joinUpdate);
  return joined.map((payload, index) => ({
    step: index === joined.length - 1 ? 'answer' : 'update',
    payload,
  }));
}
