import { LeftOutError } from './left-out-error.js';

/**
 * In place of `pouchdb-md5`, which brings spark-md5. PouchDB takes the MD5 of attachments, of which Sotto writes none,
 * and of documents whose revisions are deterministic, which `openPouch` switches off.
 */
export function binaryMd5(): never {
  throw new LeftOutError('MD5 of an attachment');
}

export function stringMd5(): never {
  throw new LeftOutError('MD5 of a document');
}
