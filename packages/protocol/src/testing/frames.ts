import { documentName, logName } from '../documents.js';
import type { AccountId, ConversationId, DeviceId } from '../ids.js';
import { randomId } from '../ids.js';
import type { DeviceFrame, ServerFrame } from '../sync/frames.js';

const conversation = randomId<ConversationId>();
const account = randomId<AccountId>();
const log = logName('i', randomId<DeviceId>());
const document = documentName(logName('m', conversation), 7);
const bytes = Uint8Array.of(1, 2, 3);
const grant = { client: 2 ** 53 - 1, mac: new Uint8Array(16).fill(9) };
const change = {
  kind: 'group',
  members: [
    { account, role: 'admin' },
    { account: randomId<AccountId>(), role: 'member' },
  ],
} as const;
const message = { step: 'state-vector', payload: bytes } as const;

/** At least one of every frame from a device, in the order of their numbers. */
export const DEVICE_FRAMES: readonly DeviceFrame[] = [
  {
    type: 'hello',
    version: 1,
    token: 'a.b.c',
    grants: [grant],
    lease: { number: 3, nonce: new Uint8Array(16).fill(5) },
    cursor: new Uint8Array(0),
  },
  { type: 'token', token: 'größer' },
  { type: 'subscribe', logs: [log, logName('a', account)] },
  { type: 'unsubscribe', logs: [] },
  { type: 'sync', document, message },
  { type: 'append', batch: 1, counter: 300, document, update: bytes },
  { type: 'advance', batch: 2, counter: 0, conversation, change, document, update: bytes },
  { type: 'grant' },
  { type: 'awareness', log, payload: bytes },
  { type: 'ping' },
  { type: 'cursor' },
];

/** At least one of every frame from a server, in the order of their numbers. */
export const SERVER_FRAMES: readonly ServerFrame[] = [
  { type: 'welcome', version: 1, time: 1.8e12, conversations: [{ conversation, counter: 4 }] },
  { type: 'head', log, segment: 3, count: 256 },
  { type: 'sync', document, message: { step: 'update', payload: bytes } },
  { type: 'ack', batch: 1, document, client: grant.client, next: 12 },
  { type: 'granted', grant },
  { type: 'advanced', batch: 2, conversation, counter: 1 },
  { type: 'error', code: 'sync/too-fast', retry: 'later', retryAfterMs: 900, batch: 3, subject: document },
  { type: 'notice', notice: { kind: 'access', conversation, counter: 2, member: false } },
  { type: 'awareness', log, payload: new Uint8Array(0) },
  { type: 'pong' },
  { type: 'resumed', isAll: false, cursor: bytes, logs: [log, logName('a', account)] },
  { type: 'cursor', cursor: bytes },
];

export const OTHER_NOTICES: readonly ServerFrame[] = [
  { type: 'notice', notice: { kind: 'access', conversation, counter: 2, member: true } },
  { type: 'notice', notice: { kind: 'devices', account, version: 8 } },
  { type: 'notice', notice: { kind: 'drain', returnMs: 4_000 } },
];
