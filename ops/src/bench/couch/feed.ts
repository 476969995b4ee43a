import {
  type DeviceId,
  type DocumentName,
  documentName,
  encodeStruct,
  feedRoot,
  type LogOwner,
  type LogRecord,
  logName,
  randomId,
} from '@sotto/protocol';

/** A sealed short message, about. */
const BYTES = 300;

/** One device's feed in a document of its own. */
export class Feed {
  readonly document: DocumentName = documentName(logName('m', randomId<LogOwner & DeviceId>()), 0);
  readonly #root: string;

  constructor(readonly client: number) {
    this.#root = feedRoot(randomId<DeviceId>(), client);
  }

  record(clock: number): LogRecord {
    const { document, client } = this;
    const envelope = new Uint8Array(BYTES).fill(clock);
    return { document, client, clock, body: encodeStruct(this.#root, client, clock, envelope) };
  }
}
