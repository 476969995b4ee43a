/** Something was called that the build leaves out because Sotto never calls it. */
export class LeftOutError extends Error {
  readonly code = 'build/left-out';

  /** @param part what was called */
  constructor(part: string) {
    super(`Left out of this build (pwa/build/left-out): ${part}.`);
    this.name = 'LeftOutError';
  }
}

/** In place of a function's body. */
export function leftOut(): never {
  throw new LeftOutError('a function of PouchDB');
}
