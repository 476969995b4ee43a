import { ByteReader } from '../bytes/reader.js';
import { ByteWriter, varUintBytes } from '../bytes/writer.js';
import { parseDocumentName, parseLogName } from '../documents.js';
import { isErrorCode } from '../errors/codes.js';
import { DecodeError } from '../errors/decode-error.js';
import type { AccountId, ConversationId } from '../ids.js';
import { parseId } from '../ids.js';
import { LIMITS } from '../limits.js';
import { readChoice, readCursor, readFlag, readGrant, readList, writeGrant, writeList } from './fields.js';
import type { Notice, ServerFrame } from './frames.js';
import { decodeYjsMessage, writeYjsMessage, yjsMessageBytes } from './yjs-message.js';

const TYPES = [
  'welcome',
  'head',
  'sync',
  'ack',
  'granted',
  'advanced',
  'error',
  'notice',
  'awareness',
  'pong',
  'resumed',
  'cursor',
] as const satisfies readonly ServerFrame['type'][];
const NOTICES = ['access', 'devices', 'drain'] as const satisfies readonly Notice['kind'][];
const RETRIES = ['never', 'later', 'anew', 'sign-in'] as const;
/** Conversations one account can be told of at once. */
const CONVERSATIONS = 100_000;

/** Encodes a frame from a server; its number on the wire is its place in the list above. */
export function encodeServerFrame(frame: ServerFrame): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(capacity(frame)).varUint(TYPES.indexOf(frame.type));
  writeBody(writer, frame);
  return writer.finish();
}

/** Bytes to start with: exactly those of the frames that are most of what a server sends. Names are ASCII, shorter than 128. */
function capacity(frame: ServerFrame): number {
  if (frame.type === 'sync') {
    const message = yjsMessageBytes(frame.message);
    return 2 + frame.document.length + varUintBytes(message) + message;
  }
  if (frame.type !== 'ack') return 64;
  const { batch, client, next, document } = frame;
  return 2 + document.length + varUintBytes(batch) + varUintBytes(client) + varUintBytes(next);
}

function writeBody(writer: ByteWriter, frame: ServerFrame): void {
  switch (frame.type) {
    case 'welcome':
      writer.varUint(frame.version).varUint(frame.time);
      writeList(writer, frame.conversations, (head) =>
        writer.varString(head.conversation).varUint(head.counter),
      );
      return;
    case 'head':
      writer.varString(frame.log).varUint(frame.segment).varUint(frame.count);
      return;
    case 'sync':
      writer.varString(frame.document).varUint(yjsMessageBytes(frame.message));
      writeYjsMessage(writer, frame.message);
      return;
    case 'ack':
      writer.varUint(frame.batch).varString(frame.document).varUint(frame.client).varUint(frame.next);
      return;
    case 'granted':
      writeGrant(writer, frame.grant);
      return;
    case 'advanced':
      writer.varUint(frame.batch).varString(frame.conversation).varUint(frame.counter);
      return;
    case 'error':
      writer.varString(frame.code).varUint(RETRIES.indexOf(frame.retry)).varUint(frame.retryAfterMs);
      writer.varUint(frame.batch).varString(frame.subject);
      return;
    case 'notice':
      writeNotice(writer, frame.notice);
      return;
    case 'awareness':
      writer.varString(frame.log).varBytes(frame.payload);
      return;
    case 'pong':
      return;
    case 'resumed':
      writer.varUint(frame.isAll ? 1 : 0).varBytes(frame.cursor);
      writeList(writer, frame.logs, (log) => writer.varString(log));
      return;
    case 'cursor':
      writer.varBytes(frame.cursor);
      return;
  }
}

function writeNotice(writer: ByteWriter, notice: Notice): void {
  writer.varUint(NOTICES.indexOf(notice.kind));
  switch (notice.kind) {
    case 'access':
      writer
        .varString(notice.conversation)
        .varUint(notice.counter)
        .varUint(notice.member ? 1 : 0);
      return;
    case 'devices':
      writer.varString(notice.account).varUint(notice.version);
      return;
    case 'drain':
      writer.varUint(notice.returnMs);
      return;
  }
}

/** @throws DecodeError */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  const reader = new ByteReader(bytes);
  const type = TYPES[reader.varUint()];
  if (!type) throw new DecodeError('unknown-type', 'frame');
  const frame = readBody(reader, type);
  reader.end();
  return frame;
}

function readBody(reader: ByteReader, type: ServerFrame['type']): ServerFrame {
  switch (type) {
    case 'welcome':
      return {
        type,
        version: reader.varUint(),
        time: reader.varUint(),
        conversations: readList(reader, CONVERSATIONS, () => ({
          conversation: parseId<ConversationId>(reader.varString()),
          counter: reader.varUint(),
        })),
      };
    case 'head':
      return {
        type,
        log: parseLogName(reader.varString()).name,
        segment: reader.varUint(),
        count: reader.varUint(),
      };
    case 'sync':
      return {
        type,
        document: parseDocumentName(reader.varString()).name,
        message: decodeYjsMessage(reader.varBytes()),
      };
    case 'ack':
      return {
        type,
        batch: reader.varUint(),
        document: parseDocumentName(reader.varString()).name,
        client: reader.varUint(),
        next: reader.varUint(),
      };
    case 'granted':
      return { type, grant: readGrant(reader) };
    case 'advanced':
      return {
        type,
        batch: reader.varUint(),
        conversation: parseId<ConversationId>(reader.varString()),
        counter: reader.varUint(),
      };
    case 'error':
      return readError(reader);
    case 'notice':
      return { type, notice: readNotice(reader) };
    case 'awareness':
      return { type, log: parseLogName(reader.varString()).name, payload: reader.varBytes() };
    case 'pong':
      return { type };
    case 'resumed':
      return {
        type,
        isAll: readFlag(reader),
        cursor: readCursor(reader),
        logs: readList(reader, LIMITS.subscriptions, () => parseLogName(reader.varString()).name),
      };
    case 'cursor':
      return { type, cursor: readCursor(reader) };
  }
}

function readError(reader: ByteReader): ServerFrame {
  const code = reader.varString();
  if (!isErrorCode(code)) throw new DecodeError('unknown-type', 'error code');
  return {
    type: 'error',
    code,
    retry: readChoice(reader, RETRIES),
    retryAfterMs: reader.varUint(),
    batch: reader.varUint(),
    subject: reader.varString(),
  };
}

function readNotice(reader: ByteReader): Notice {
  const kind = readChoice(reader, NOTICES);
  switch (kind) {
    case 'access':
      return {
        kind,
        conversation: parseId<ConversationId>(reader.varString()),
        counter: reader.varUint(),
        member: readFlag(reader),
      };
    case 'devices':
      return { kind, account: parseId<AccountId>(reader.varString()), version: reader.varUint() };
    case 'drain':
      return { kind, returnMs: reader.varUint() };
  }
}
