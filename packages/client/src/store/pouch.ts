import PouchDB from '#pouchdb-core';

/** One document as Sotto writes it: a sealed value in base64. */
export interface PouchDocument {
  readonly _id: string;
  readonly _rev?: string;
  readonly _deleted?: true;
  /** Absent on a deleted document. */
  readonly v?: string;
}

/** What `bulkDocs` answers for one document. */
export type PouchResult =
  | { readonly ok: true; readonly id: string; readonly rev: string }
  | { readonly error: true; readonly status: number; readonly id?: string };

export interface PouchRow {
  readonly id: string;
  readonly value: { readonly rev: string; readonly deleted?: boolean };
  readonly doc?: PouchDocument | null;
}

/** The few calls of PouchDB that the message store makes. */
export interface Pouch {
  bulkDocs(documents: readonly PouchDocument[]): Promise<PouchResult[]>;
  allDocs(options: {
    readonly startkey: string;
    readonly endkey: string;
    readonly include_docs?: boolean;
    readonly limit?: number;
  }): Promise<{ readonly rows: readonly PouchRow[] }>;
  allDocs(options: { readonly keys: readonly string[]; readonly include_docs?: boolean }): Promise<{
    readonly rows: readonly (PouchRow | { readonly key: string; readonly error: string })[];
  }>;
  close(): Promise<void>;
  destroy(): Promise<unknown>;
}

export interface PouchOptions {
  readonly adapter: 'idb' | 'leveldb';
  readonly auto_compaction: boolean;
  readonly revs_limit: number;
  readonly deterministic_revs: boolean;
}

/**
 * Opens a PouchDB database that keeps one revision a document.
 * @param name of the IndexedDB database, or the folder
 * @param plugin the adapter's module
 */
export function openPouch(name: string, adapter: PouchOptions['adapter'], plugin: unknown): Pouch {
  PouchDB.plugin(plugin);
  // Revisions of chance: those made by hashing would cost an MD5 a document, and nothing replicates this database.
  return new PouchDB(name, { adapter, auto_compaction: true, revs_limit: 1, deterministic_revs: false });
}
