import type { DocumentName } from '@sotto/protocol';

/** Whether all of a log is here that the server had when the connection began. */
export class AwaitedLog {
  /** Documents asked for and not answered; undefined until the head is known. */
  #awaited: Set<DocumentName> | undefined;
  readonly #here: () => void;

  /** @param here called each time that it is */
  constructor(here: () => void) {
    this.#here = here;
  }

  get isHere(): boolean {
    return this.#awaited?.size === 0;
  }

  /** A new connection: what came meanwhile is not here yet. */
  begin(): void {
    this.#awaited = undefined;
  }

  /** The head is known, and these documents are being asked for. */
  asking(documents: readonly DocumentName[]): void {
    const wasHere = this.isHere;
    this.#awaited = new Set([...(this.#awaited ?? []), ...documents]);
    if (this.isHere && !wasHere) this.#here();
  }

  /** Everything that the server holds of this document was taken in. */
  answered(document: DocumentName): void {
    if (this.#awaited?.delete(document) && this.isHere) this.#here();
  }
}
