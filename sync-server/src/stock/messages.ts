import type { YjsMessage } from '@sotto/protocol';
import { ByteReader, ByteWriter, DecodeError, decodeYjsMessage, encodeYjsMessage } from '@sotto/protocol';

const SYNC = 0;
const AWARENESS = 1;
const DENIED = 2;
const QUERY_AWARENESS = 3;

/** What a stock provider sends (SPEC W13). */
export type StockMessage =
  | { readonly type: 'sync'; readonly message: YjsMessage }
  | { readonly type: 'awareness'; readonly payload: Uint8Array }
  | { readonly type: 'query-awareness' };

/** @throws DecodeError */
export function decodeStockMessage(bytes: Uint8Array): StockMessage {
  const reader = new ByteReader(bytes);
  switch (reader.varUint()) {
    case SYNC:
      return { type: 'sync', message: decodeYjsMessage(bytes.subarray(reader.position)) };
    case AWARENESS: {
      const payload = reader.varBytes();
      reader.end();
      return { type: 'awareness', payload };
    }
    case QUERY_AWARENESS:
      reader.end();
      return { type: 'query-awareness' };
    default:
      throw new DecodeError('unknown-type', 'stock message');
  }
}

export function encodeStockSync(message: YjsMessage): Uint8Array<ArrayBuffer> {
  return new ByteWriter().varUint(SYNC).raw(encodeYjsMessage(message)).finish();
}

export function encodeStockAwareness(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  return new ByteWriter().varUint(AWARENESS).varBytes(payload).finish();
}

/** y-protocols/auth: permission denied, and why. */
export function encodeStockDenied(reason: string): Uint8Array<ArrayBuffer> {
  return new ByteWriter().varUint(DENIED).varUint(0).varString(reason).finish();
}
