import type { AccountId, ConversationId, DeviceId, SessionId } from '@sotto/protocol';
import {
  DecodeError,
  documentName,
  encodeStruct,
  feedRoot,
  joinUpdate,
  logName,
  randomId,
} from '@sotto/protocol';
import type { Fuzzed, FuzzedDecoders } from '@sotto/protocol/testing';
import { decodeAwarenessMessage, encodeAwarenessMessage } from '../awareness/awareness-message.js';
import { readOwnRun } from '../log/appending.js';
import { decodeAwareness, encodeAwareness } from '../stock/awareness-update.js';
import { decodeStockMessage, encodeStockAwareness, encodeStockSync } from '../stock/messages.js';

const CLIENT = 77;
const device = randomId<DeviceId>();
const log = logName('m', randomId<ConversationId>());
const document = documentName(log, 0);
const writer = {
  identity: { account: randomId<AccountId>(), session: randomId<SessionId>(), device },
  clients: new Set([CLIENT]),
  closed: false,
};

const bytesOf = (samples: readonly Uint8Array[], decode: Fuzzed['decode']): Fuzzed => ({
  samples: () => samples,
  decode,
  form: 'bytes',
});

/** An append of this device, from a clock on. */
function appended(from: number, count: number): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => {
    const clock = from + index;
    const body = encodeStruct(feedRoot(device, CLIENT), CLIENT, clock, new Uint8Array(10 * index));
    return { document, client: CLIENT, clock, body };
  });
  return joinUpdate(records);
}

const entries = [
  { id: CLIENT, clock: 3, state: '{"a":1}' },
  { id: 2 ** 40, clock: 0, state: 'null' },
];

/** What the sync server takes apart besides the frames of the wire contract. */
export const syncServerDecoders: FuzzedDecoders = {
  'append of a device': bytesOf([appended(0, 3), appended(7, 2)], (bytes) =>
    readOwnRun(writer, document, bytes),
  ),
  'stock message': bytesOf(
    [
      encodeStockSync({ step: 'update', payload: appended(0, 2) }),
      encodeStockAwareness(encodeAwareness(entries)),
      Uint8Array.of(3),
    ],
    decodeStockMessage,
  ),
  'stock awareness': bytesOf([encodeAwareness(entries)], decodeAwareness),
  'awareness between servers': bytesOf(
    [encodeAwarenessMessage({ from: new Uint8Array(16).fill(1), log, payload: new Uint8Array(30) })],
    (bytes) => {
      const message = decodeAwarenessMessage(bytes);
      if (!message) throw new DecodeError('shape', 'none of ours');
      return message;
    },
  ),
};
