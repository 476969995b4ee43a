import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const standIn = (name: string): string => fileURLToPath(new URL(`left-out/${name}.ts`, import.meta.url));

/** Modules that libraries bring and Sotto never calls, and what stands in their place. */
const PACKAGES = new Map(
  [
    'pouchdb-md5',
    'pouchdb-changes-filter',
    'pouchdb-json',
    'uuid',
    'events',
    'lib0/logging',
    'lib0/environment',
  ].map((name) => [name, standIn(name.replace('/', '-'))]),
);

/** The same, of modules that a library imports from beside them. */
const PARTS = [
  { of: /\/lib0\/\w+\.js$/, named: './environment.js', standIn: standIn('lib0-environment') },
  {
    of: /\/yjs\/src\/internals\.js$/,
    named: /^\.\/types\/Y(Text|Xml\w+)\.js$/,
    standIn: standIn('yjs-types'),
  },
];

/** Yjs is taken by its modules, since its bundle has all types in one file. */
const YJS = 'yjs/src/index.js';
const YJS_INTERNALS = 'yjs/src/internals.js';

/** Leaves out of the bundles what would never run there. Each stand-in says why, and throws where it can do nothing. */
export function leaveOut(): Plugin {
  return {
    name: 'sotto:leave-out',
    apply: 'build',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (source === 'yjs') return this.resolve(YJS, importer, options);
      if (source === YJS_INTERNALS) {
        const index = await this.resolve(YJS, importer, options);
        return index?.id.replace('index.js', 'internals.js');
      }
      const part = PARTS.find(({ of, named }) => of.test(importer ?? '') && source.match(named));
      return part?.standIn ?? PACKAGES.get(source) ?? null;
    },
  };
}
