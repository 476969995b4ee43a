import type { DeviceId, DocumentName, LogKind, LogOwner, LogRecord } from '@sotto/protocol';
import { documentName, encodeStruct, feedRoot, logName, randomId } from '@sotto/protocol';

/** A document of a log that nobody else uses. */
export function freshDocument(kind: LogKind = 'm', segment = 0): DocumentName {
  return documentName(logName(kind, randomId<LogOwner & DeviceId>()), segment);
}

/** One writer's feed in one document: real structs, every position with a body of its own. */
export class TestFeed {
  readonly document: DocumentName;
  readonly client: number;
  readonly #root: string;

  constructor(document: DocumentName, client: number) {
    this.document = document;
    this.client = client;
    this.#root = feedRoot(randomId<DeviceId>(), client);
  }

  /** @param text what is in the envelope: another text makes a fork */
  record(clock: number, text = `${this.client}.${clock}`): LogRecord {
    const { document, client } = this;
    const body = encodeStruct(this.#root, client, clock, new TextEncoder().encode(text));
    return { document, client, clock, body };
  }

  /** `count` records from clock `from` on. */
  records(from: number, count: number): LogRecord[] {
    return Array.from({ length: count }, (_, index) => this.record(from + index));
  }
}

/** Records as comparable text, in the order given. */
export function contents(records: readonly LogRecord[]): string[] {
  return records.map(
    ({ document, client, clock, body }) =>
      `${document}/${client}/${clock}=${Buffer.from(body).toString('hex')}`,
  );
}
