import { fromBase64url } from '../bytes/base64url.js';
import { encodeCbor } from '../bytes/cbor.js';
import { decodeSignedDeviceList, encodeDeviceList, encodeSignedDeviceList } from '../device-list.js';
import {
  documentName,
  feedRoot,
  logName,
  parseDocumentName,
  parseFeedRoot,
  parseLogName,
} from '../documents.js';
import type { AccountId, ConversationId, DeviceId } from '../ids.js';
import { parseId, randomId } from '../ids.js';
import { decodeMailEvent, encodeMailEvent } from '../mail-event.js';
import { decodeDeviceFrame, encodeDeviceFrame } from '../sync/device-frames.js';
import { packFrames, unpackFrames } from '../sync/messages.js';
import { decodeServerFrame, encodeServerFrame } from '../sync/server-frames.js';
import { decodeYjsMessage, encodeYjsMessage } from '../sync/yjs-message.js';
import { ANSWER, parseUpdate } from '../update/parse-update.js';
import { decodeStateVector, encodeStateVector } from '../update/state-vector.js';
import { encodeStruct } from '../update/struct.js';
import { readAnyCbor } from './any-cbor.js';
import { DEVICE_FRAMES, OTHER_NOTICES, SERVER_FRAMES } from './frames.js';
import type { Fuzzed, FuzzedDecoders } from './fuzzed.js';
import { httpBodies, readHttpBody } from './http-bodies.js';

const log = logName('m', randomId<ConversationId>());
const document = documentName(log, 0);
const device = randomId<DeviceId>();

const ascii = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);

const bytesOf = (samples: readonly Uint8Array[], decode: Fuzzed['decode']): Fuzzed => ({
  samples: () => samples,
  decode,
  form: 'bytes',
});
const cborOf = (samples: readonly Uint8Array[], decode: Fuzzed['decode']): Fuzzed => ({
  samples: () => samples,
  decode,
  form: 'cbor',
});
const textOf = (sample: string, parse: (text: string) => unknown): Fuzzed =>
  bytesOf([ascii(sample)], (bytes) => parse(text(bytes)));

/** An update of one writer with a few envelopes. */
function update(): Uint8Array {
  const client = 77;
  const structs = [0, 1, 2].map((clock) =>
    encodeStruct(feedRoot(device, client), client, clock, new Uint8Array(20 * clock).fill(clock)),
  );
  return Uint8Array.of(1, structs.length, client, 0, ...structs.flatMap((struct) => [...struct]), 0);
}

function deviceList(): Uint8Array<ArrayBuffer> {
  const listed = {
    id: device,
    key: new Uint8Array(33).fill(5),
    name: 'Laptop',
    kind: 'device',
    added: 1,
  } as const;
  const body = encodeDeviceList({
    v: 1,
    account: randomId<AccountId>(),
    identity: new Uint8Array(33).fill(5),
    version: 2,
    previous: new Uint8Array(32),
    vault: 1,
    devices: [listed, { ...listed, id: randomId<DeviceId>(), kind: 'agent' }],
  });
  return encodeSignedDeviceList({ body, signature: new Uint8Array(64) });
}

/** Every decoder of the wire contract. */
export const protocolDecoders: FuzzedDecoders = {
  'device frame': bytesOf(DEVICE_FRAMES.map(encodeDeviceFrame), decodeDeviceFrame),
  'server frame': bytesOf([...SERVER_FRAMES, ...OTHER_NOTICES].map(encodeServerFrame), decodeServerFrame),
  message: bytesOf([packFrames(DEVICE_FRAMES.map(encodeDeviceFrame))], unpackFrames),
  'yjs message': bytesOf([encodeYjsMessage({ step: 'update', payload: update() })], decodeYjsMessage),
  update: bytesOf([update()], (bytes) => parseUpdate(bytes, document, ANSWER)),
  'state vector': bytesOf(
    [
      encodeStateVector(
        new Map([
          [1, 2],
          [2 ** 40, 3],
        ]),
      ),
    ],
    decodeStateVector,
  ),
  cbor: cborOf(
    [encodeCbor({ a: [1, -1, 2 ** 40, 'x', null, true], b: new Uint8Array(9), c: { d: {} } })],
    readAnyCbor,
  ),
  'signed device list': cborOf([deviceList()], decodeSignedDeviceList),
  'mail event': cborOf(
    [encodeMailEvent({ v: 1, to: 'ada@example.org', template: 'sign-up', link: 'https://example.org/#x' })],
    decodeMailEvent,
  ),
  'http body': { samples: httpBodies, decode: readHttpBody, form: 'json' },
  base64url: textOf('AAECAwQFBgcICQ', fromBase64url),
  id: textOf(log.slice(2), parseId),
  'log name': textOf(log, parseLogName),
  'document name': textOf(document, parseDocumentName),
  'feed root': textOf(feedRoot(device, 77), parseFeedRoot),
};
