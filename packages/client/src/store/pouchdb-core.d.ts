import type { Pouch, PouchOptions } from './pouch.js';

/**
 * The part of pouchdb-core that is used, instead of its published types: those bring the whole DOM into a
 * package that has none.
 */
declare class PouchDB implements Pouch {
  constructor(name: string, options: PouchOptions);
  static plugin(adapter: unknown): void;
  bulkDocs: Pouch['bulkDocs'];
  allDocs: Pouch['allDocs'];
  close: Pouch['close'];
  destroy: Pouch['destroy'];
}

export { PouchDB as default };
