import type { AccessChange, ConversationId, DocumentName, LogRecord, Run } from '@sotto/protocol';
import { logName, ProtocolError, parseDocumentName } from '@sotto/protocol';
import type { AccessLists, ClaimStore } from '@sotto/store';
import { erasureName, orderErasure } from '@sotto/store';
import type { Writer } from './appending.js';
import { readOwnRun } from './appending.js';
import type { Segments } from './segments.js';

export interface Advance {
  readonly conversation: ConversationId;
  readonly counter: number;
  readonly change: AccessChange;
  readonly document: DocumentName;
  readonly update: Uint8Array;
}

/** State log, access list and counter change together or not at all (SPEC W7, A4). */
export class Advancing {
  readonly #access: AccessLists;
  readonly #segments: Segments;
  readonly #claims: ClaimStore;

  constructor(access: AccessLists, segments: Segments, claims: ClaimStore) {
    this.#claims = claims;
    this.#access = access;
    this.#segments = segments;
  }

  /**
   * @param admit is told what there is, before any of it is written; may refuse it
   * @returns the counter that stands now
   * @throws ProtocolError `sync/grammar`, `sync/stale`, `sync/not-a-member`, `auth/forbidden`, `sync/segment-closed`, ...
   */
  async advance(
    writer: Writer,
    request: Advance,
    admit: (records: readonly LogRecord[]) => void,
  ): Promise<number> {
    const { conversation, counter, change } = request;
    const { log, document } = parseDocumentName(request.document);
    if (log !== logName('s', conversation))
      throw new ProtocolError('sync/grammar', { detail: 'not its state log' });
    const run = readOwnRun(writer, request.document, request.update);
    admit(run.records);
    const release = await this.#segments.reserve(log, request.document, document.segment, run.records.length);
    try {
      return await this.#write(writer, { conversation, counter, change }, run);
    } finally {
      release();
    }
  }

  async #write(
    { identity }: Writer,
    request: Pick<Advance, 'conversation' | 'counter' | 'change'>,
    { records }: Run,
  ): Promise<number> {
    const by = { account: identity.account, device: identity.device };
    const { conversation, counter, members } = await this.#access.advance({ ...request, by, records });
    // Nobody could ever read it again. A device that was not answered asks again, and so does this.
    if (members.length === 0)
      await orderErasure(this.#claims, leftName(conversation), { what: 'conversation', id: conversation });
    return counter;
  }
}

/** The name of its erasure: the same whoever orders it, and nobody's receipt. */
function leftName(conversation: ConversationId): string {
  return erasureName(Buffer.from(`left by all ${conversation}`));
}
