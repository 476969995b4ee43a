export type StoreOpenCode =
  /** The folder can't be made, read or written, or files of the database are missing. */
  | 'store/unwritable'
  /** Another process has the store open. */
  | 'store/locked'
  /** The files are there but are not a whole database. */
  | 'store/damaged';

const WORDS: Record<StoreOpenCode, string> = {
  'store/unwritable': 'the store folder cannot be written',
  'store/locked': 'another process has the store folder open',
  'store/damaged': 'the store folder holds a damaged database',
};

/** The store's folder could not be opened. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly code: StoreOpenCode;
  readonly folder: string;

  constructor(code: StoreOpenCode, folder: string, cause?: unknown) {
    super(`${code}: ${WORDS[code]}: ${folder}`, { cause });
    this.code = code;
    this.folder = folder;
  }

  /** Classifies what LevelDB threw while opening. */
  static from(folder: string, error: unknown): StoreOpenError {
    const inner = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const code = typeof inner === 'object' && inner !== null && 'code' in inner ? inner.code : undefined;
    if (code === 'LEVEL_LOCKED') return new StoreOpenError('store/locked', folder, error);
    if (code === 'LEVEL_CORRUPTION') return new StoreOpenError('store/damaged', folder, error);
    return new StoreOpenError('store/unwritable', folder, error);
  }
}
