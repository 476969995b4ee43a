export type CouchSetUpCode =
  /** There are no databases of ours yet, or not all of them: the set-up command makes them. */
  | 'store/not-set-up'
  /** The databases are cut into another number of shards, or by another version. */
  | 'store/other-layout';

const WORDS: Record<CouchSetUpCode, string> = {
  'store/not-set-up': 'the databases are not set up',
  'store/other-layout': 'the databases are set up for other settings',
};

/** The databases are not what the settings say. */
export class CouchSetUpError extends Error {
  override readonly name = 'CouchSetUpError';
  readonly code: CouchSetUpCode;
  /** The database that told. */
  readonly database: string;

  constructor(code: CouchSetUpCode, database: string) {
    super(`${code}: ${WORDS[code]}: ${database}`);
    this.code = code;
    this.database = database;
  }
}
