import type { EnginePlatform } from '@sotto/client';
import {
  ANSWER,
  type DocumentName,
  encodeStruct,
  joinUpdate,
  type LogRecord,
  parseUpdate,
  type ServerFrame,
} from '@sotto/protocol';
import { tamperingSockets } from '../../engine/testing/tampering-socket.js';

/** One envelope of a log as a server hands it out. */
export interface ServedEnvelope {
  readonly document: DocumentName;
  readonly client: number;
  readonly clock: number;
  /** Stated by the envelope at clock 0 alone. */
  readonly root: string | undefined;
  readonly envelope: Uint8Array;
}

/**
 * Sockets to a server that hands out logs as it pleases.
 * @param serve what it hands out in place of an envelope, in whatever documents; nothing holds it back
 */
export function tamperingLog(
  serve: (envelope: ServedEnvelope) => readonly ServedEnvelope[],
): EnginePlatform['openSocket'] {
  return tamperingSockets({
    incoming(frame) {
      if (frame.type !== 'sync') return [frame];
      const { step, payload } = frame.message;
      if (step === 'state-vector') return [frame];
      const served = parseUpdate(payload, frame.document, ANSWER).flatMap(({ client, records, structs }) =>
        structs.flatMap(({ root, envelope }, index) =>
          serve({ document: frame.document, client, clock: records[index]!.clock, root, envelope }),
        ),
      );
      const documents = new Set([frame.document, ...served.map(({ document }) => document)]);
      return [...documents].map((document) =>
        syncFrame(
          document,
          document === frame.document ? step : 'update',
          served.filter((envelope) => envelope.document === document),
        ),
      );
    },
  });
}

function syncFrame(
  document: DocumentName,
  step: 'answer' | 'update',
  envelopes: readonly ServedEnvelope[],
): ServerFrame {
  const payload = joinUpdate(envelopes.map(recordOf));
  return { type: 'sync', document, message: { step, payload } };
}

function recordOf({ document, client, clock, root, envelope }: ServedEnvelope): LogRecord {
  return { document, client, clock, body: encodeStruct(root ?? '', client, clock, envelope) };
}
