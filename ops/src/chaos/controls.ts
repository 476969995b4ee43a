import type { RemovedCheck } from '../hostile/testing/removed-checks.js';

/** A sync server that says that something is kept while it is still being written. */
export const ACKNOWLEDGES_EARLY: RemovedCheck = {
  what: 'acknowledges before the write is durable',
  file: 'sync-server/dist/log/appending.js',
  find: 'stored = await this.#log.append(run.records, standsNow, dependsOn);',
  replace:
    "this.#log.append(run.records, standsNow, dependsOn).catch(() => {}); stored = run.records.map(() => 'stored');",
};

/** A device that does not know again what it sent itself. */
export const MERGES_TWICE: RemovedCheck = {
  what: 'takes what it sent and what came back for two messages',
  file: 'packages/client/dist/conversation/timeline.js',
  find: 'const key = messageKey(copy, copy.event.id);',
  replace: 'const key = messageKey(copy, copy.event.id) + String(copy.position === "outbox");',
};
