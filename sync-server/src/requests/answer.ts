import type { StateVector } from '@sotto/protocol';
import { DecodeError, decodeStateVector, ProtocolError, parseDocumentName } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import { readAnswer } from '../log/answering.js';
import type { Slots } from '../transport/slots.js';
import { admit } from './admit.js';
import type { FrameOf, Requester } from './requester.js';

/**
 * Sends what the device lacks of a document (SPEC W5).
 * @param slots how many are read from storage at once for this device
 */
export function answer(device: Requester, { document, message }: FrameOf<'sync'>, slots: Slots): void {
  const have = message.step === 'state-vector' ? readVector(message.payload) : undefined;
  if (!have) {
    device.fail(new ProtocolError('sync/malformed', { detail: 'not a state vector' }));
    return;
  }
  const { log, limits, pace, reads, rights } = device.parts;
  const about = { batch: 0, subject: document };
  const refusal = pace.read(device.identity.account);
  if (refusal) {
    device.refuse(refusal, about);
    return;
  }
  const read: LogStore['read'] = (...asked) => reads.use(() => log.read(...asked));
  // A lane of its own: an answer does not wait for appends to the same document, nor they for it.
  admit(device, `answer ${document}`, message.payload.length, about, () =>
    slots.use(async () => {
      await rights.read(device.identity, parseDocumentName(document).document.log);
      for await (const part of readAnswer({ read }, document, have, limits.answerBytes)) {
        await device.room();
        device.send({ type: 'sync', document, message: part });
      }
    }),
  );
}

function readVector(payload: Uint8Array): StateVector | undefined {
  try {
    return decodeStateVector(payload);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
