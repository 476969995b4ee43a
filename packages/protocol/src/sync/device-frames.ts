import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { parseDocumentName, parseLogName } from '../documents.js';
import { DecodeError } from '../errors/decode-error.js';
import type { ConversationId } from '../ids.js';
import { parseId } from '../ids.js';
import { LIMITS } from '../limits.js';
import {
  readAccess,
  readCursor,
  readGrant,
  readLease,
  readList,
  writeAccess,
  writeGrant,
  writeLease,
  writeList,
} from './fields.js';
import type { DeviceFrame } from './frames.js';
import { decodeYjsMessage, encodeYjsMessage } from './yjs-message.js';

const TYPES = [
  'hello',
  'token',
  'subscribe',
  'unsubscribe',
  'sync',
  'append',
  'advance',
  'grant',
  'awareness',
  'ping',
  'cursor',
] as const satisfies readonly DeviceFrame['type'][];

/** Encodes a frame from a device; its number on the wire is its place in the list above. */
export function encodeDeviceFrame(frame: DeviceFrame): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter().varUint(TYPES.indexOf(frame.type));
  writeBody(writer, frame);
  return writer.finish();
}

function writeBody(writer: ByteWriter, frame: DeviceFrame): void {
  switch (frame.type) {
    case 'hello':
      writer.varUint(frame.version).varString(frame.token);
      writeList(writer, frame.grants, (grant) => writeGrant(writer, grant));
      writeLease(writer, frame.lease);
      writer.varBytes(frame.cursor);
      return;
    case 'token':
      writer.varString(frame.token);
      return;
    case 'subscribe':
    case 'unsubscribe':
      writeList(writer, frame.logs, (log) => writer.varString(log));
      return;
    case 'sync':
      writer.varString(frame.document).varBytes(encodeYjsMessage(frame.message));
      return;
    case 'append':
      writer.varUint(frame.batch).varUint(frame.counter).varString(frame.document).varBytes(frame.update);
      return;
    case 'advance':
      writer.varUint(frame.batch).varUint(frame.counter).varString(frame.conversation);
      writeAccess(writer, frame.change);
      writer.varString(frame.document).varBytes(frame.update);
      return;
    case 'awareness':
      writer.varString(frame.log).varBytes(frame.payload);
      return;
    case 'grant':
    case 'ping':
    case 'cursor':
      return;
  }
}

/**
 * Sizes of updates and awareness are not checked here: the server refuses them by their batch and keeps the connection.
 * @throws DecodeError
 */
export function decodeDeviceFrame(bytes: Uint8Array): DeviceFrame {
  const reader = new ByteReader(bytes);
  const type = TYPES[reader.varUint()];
  if (!type) throw new DecodeError('unknown-type', 'frame');
  const frame = readBody(reader, type);
  reader.end();
  return frame;
}

function readBody(reader: ByteReader, type: DeviceFrame['type']): DeviceFrame {
  switch (type) {
    case 'hello':
      return {
        type,
        version: reader.varUint(),
        token: reader.varString(),
        grants: readList(reader, LIMITS.grants, () => readGrant(reader)),
        lease: readLease(reader),
        cursor: readCursor(reader),
      };
    case 'token':
      return { type, token: reader.varString() };
    case 'subscribe':
    case 'unsubscribe':
      return {
        type,
        logs: readList(reader, LIMITS.subscriptions, () => parseLogName(reader.varString()).name),
      };
    case 'sync':
      return {
        type,
        document: parseDocumentName(reader.varString()).name,
        message: decodeYjsMessage(reader.varBytes()),
      };
    case 'append':
      return {
        type,
        batch: reader.varUint(),
        counter: reader.varUint(),
        document: parseDocumentName(reader.varString()).name,
        update: reader.varBytes(),
      };
    case 'advance':
      return {
        type,
        batch: reader.varUint(),
        counter: reader.varUint(),
        conversation: parseId<ConversationId>(reader.varString()),
        change: readAccess(reader),
        document: parseDocumentName(reader.varString()).name,
        update: reader.varBytes(),
      };
    case 'awareness':
      return { type, log: parseLogName(reader.varString()).name, payload: reader.varBytes() };
    case 'grant':
    case 'ping':
    case 'cursor':
      return { type };
  }
}
