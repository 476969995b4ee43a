import { LeftOutError } from './left-out-error.js';

/**
 * In place of `pouchdb-md5`, which brings spark-md5. PouchDB takes the MD5 of attachments, of which Sotto writes none,
 * and of documents whose revisions are deterministic. `openPouch` switches those off, but whoever writes a document that
 * was deleted before (a second draft in a conversation) gets one all the same: `updateDoc` forgets the option.
 */
export function binaryMd5(): never {
  throw new LeftOutError('MD5 of an attachment');
}

/** A revision of chance, like those of all other documents. */
export function stringMd5(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
