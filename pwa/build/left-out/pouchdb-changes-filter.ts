import { LeftOutError } from './left-out-error.js';

/**
 * In place of `pouchdb-changes-filter`, which brings Mango selectors, collation and the evaluation of design documents.
 * Sotto reads by id and never follows the changes feed; whoever asks for it is told.
 */
// biome-ignore lint/style/noDefaultExport: PouchDB imports it so.
export default function refuseChanges(pouch: { _changesFilterPlugin?: object }): void {
  const refuse = (): never => {
    throw new LeftOutError("PouchDB's changes feed");
  };
  pouch._changesFilterPlugin = { validate: refuse, normalize: refuse, shouldFilter: refuse, filter: refuse };
}
