import { AbstractType, callTypeObservers, YEvent } from 'yjs/src/internals.js';
import { LeftOutError } from './left-out-error.js';

/**
 * In place of Yjs's text and XML types, of which Sotto's documents hold none. A document that a newer version wrote may:
 * such a type is kept, merged and passed on like any other, so that nothing of it or beside it is lost; it only can be neither
 * read nor written here.
 */
class CarriedType extends AbstractType {
  readonly #reference: number;
  readonly #name: string | undefined;

  /** @param reference number of the type in updates @param name what follows it there, of the types that have one */
  constructor(reference: number, name?: string) {
    super();
    this.#reference = reference;
    this.#name = name;
  }

  get length(): number {
    return this._length;
  }

  _copy(): CarriedType {
    return new CarriedType(this.#reference, this.#name);
  }

  _write(encoder: { writeTypeRef(reference: number): void; writeKey(name: string): void }): void {
    encoder.writeTypeRef(this.#reference);
    if (this.#name !== undefined) encoder.writeKey(this.#name);
  }

  _callObserver(transaction: unknown, parentSubs: unknown): void {
    super._callObserver(transaction, parentSubs);
    callTypeObservers(this, transaction, new YEvent(this, transaction));
  }

  override toString(): never {
    return refuse();
  }

  toJSON(): never {
    return refuse();
  }

  clone(): never {
    return refuse();
  }
}

function refuse(): never {
  throw new LeftOutError("Yjs's text and XML types");
}

export class YText extends CarriedType {
  constructor() {
    super(2);
  }
}

export class YXmlElement extends CarriedType {
  constructor(name = 'UNDEFINED') {
    super(3, name);
  }
}

export class YXmlFragment extends CarriedType {
  constructor() {
    super(4);
  }
}

export class YXmlHook extends CarriedType {
  constructor(name: string) {
    super(5, name);
  }
}

export class YXmlText extends CarriedType {
  constructor() {
    super(6);
  }
}

interface Decoder {
  readKey(): string;
}

export const readYText = (): YText => new YText();
export const readYXmlElement = (decoder: Decoder): YXmlElement => new YXmlElement(decoder.readKey());
export const readYXmlFragment = (): YXmlFragment => new YXmlFragment();
export const readYXmlHook = (decoder: Decoder): YXmlHook => new YXmlHook(decoder.readKey());
export const readYXmlText = (): YXmlText => new YXmlText();

/** Asked for by texts alone, when they have formatting. */
export const cleanupYTextAfterTransaction = refuse;
export const cleanupYTextFormatting = refuse;
export class YTextEvent extends YEvent {}
export class YXmlEvent extends YEvent {}
