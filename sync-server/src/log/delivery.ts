import type { DocumentName, LogName, LogRecord } from '@sotto/protocol';
import { encodeServerFrame, joinUpdate } from '@sotto/protocol';
import { encodeStockSync } from '../stock/messages.js';

/** One run of durable envelopes on its way to many sockets: encoded once for each kind, whoever wants it. */
export class Delivery {
  readonly log: LogName;
  readonly document: DocumentName;
  /** Who wrote it. */
  readonly client: number;
  readonly #update: Uint8Array;
  #frame: Uint8Array | undefined;
  #stock: Uint8Array | undefined;

  /** @param records consecutive ones of one client in one document */
  constructor(log: LogName, records: readonly LogRecord[]) {
    this.log = log;
    this.document = records[0]!.document;
    this.client = records[0]!.client;
    this.#update = joinUpdate(records);
  }

  /** As a frame of the multiplexed socket. */
  get frame(): Uint8Array {
    this.#frame ??= encodeServerFrame({
      type: 'sync',
      document: this.document,
      message: { step: 'update', payload: this.#update },
    });
    return this.#frame;
  }

  /** As a message of y-websocket. */
  get stock(): Uint8Array {
    this.#stock ??= encodeStockSync({ step: 'update', payload: this.#update });
    return this.#stock;
  }
}
