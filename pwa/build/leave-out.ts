import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const stand = (name: string): string => fileURLToPath(new URL(`left-out/${name}.ts`, import.meta.url));

/** Modules that libraries bring and Sotto never calls, and what stands in their place. */
const PACKAGES = new Map(
  ['pouchdb-md5', 'pouchdb-changes-filter', 'pouchdb-json', 'uuid', 'lib0/logging'].map((name) => [
    name,
    stand(name.replace('/', '-')),
  ]),
);

/** Yjs is taken by its modules, since its bundle has all types in one file. */
const YJS_INTERNALS = /\/yjs\/src\/internals\.js$/;
const YJS_XML = /^\.\/types\/YXml\w+\.js$/;

/** Leaves out of the bundles what would never run there. Each stand-in says why, and throws when it is called. */
export function leaveOut(): Plugin {
  return {
    name: 'sotto:leave-out',
    apply: 'build',
    enforce: 'pre',
    resolveId: {
      async handler(source, importer, options) {
        if (source === 'yjs') return this.resolve('yjs/src/index.js', importer, options);
        if (YJS_XML.test(source) && importer && YJS_INTERNALS.test(importer)) return stand('yjs-xml');
        return PACKAGES.get(source) ?? null;
      },
    },
  };
}
