import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const standIn = (name: string): string => fileURLToPath(new URL(`left-out/${name}.ts`, import.meta.url));

/** Modules that libraries bring and Sotto never calls, and what stands in their place. */
const PACKAGES = new Map(
  ['pouchdb-md5', 'pouchdb-changes-filter', 'pouchdb-json', 'uuid', 'events'].map((name) => [
    name,
    standIn(name),
  ]),
);

/** Leaves out of the bundles what would never run there. Each stand-in says why, and throws where it can do nothing. */
export function leaveOut(): Plugin {
  return {
    name: 'sotto:leave-out',
    apply: 'build',
    enforce: 'pre',
    resolveId: (source) => PACKAGES.get(source) ?? null,
  };
}
