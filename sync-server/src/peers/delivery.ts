import type { DocumentName, LogName, LogRecord } from '@sotto/protocol';
import { joinUpdate } from '@sotto/protocol';
import { Outgoing } from '../transport/outgoing.js';

/** How a kind of socket writes a delivery down. */
export type Encoding = (delivery: Delivery) => Uint8Array;

/** One run of durable envelopes on its way to many sockets: encoded once for each kind, whoever wants it. */
export class Delivery {
  readonly log: LogName;
  readonly document: DocumentName;
  /** Who wrote it. */
  readonly client: number;
  /** Of the first of them. */
  readonly clock: number;
  readonly update: Uint8Array;
  readonly #encoded = new Map<Encoding, Outgoing>();

  /** @param records consecutive ones of one client in one document */
  constructor(log: LogName, records: readonly LogRecord[]) {
    this.log = log;
    this.document = records[0]!.document;
    this.client = records[0]!.client;
    this.clock = records[0]!.clock;
    this.update = joinUpdate(records);
  }

  as(encoding: Encoding): Outgoing {
    const done = this.#encoded.get(encoding);
    if (done) return done;
    const made = new Outgoing(encoding(this));
    this.#encoded.set(encoding, made);
    return made;
  }
}
