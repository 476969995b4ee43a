import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';
import { hexWasm } from './build/hex-wasm.js';
import { leaveOut } from './build/leave-out.js';
import { precompress } from './build/precompress.js';
import { serviceWorker } from './build/service-worker.js';
import { trimTemplates } from './build/trim-templates.js';

const { contentSecurityPolicy } = JSON.parse(readFileSync(new URL('csp.json', import.meta.url), 'utf8'));

// The wire contract is schemas and functions; whoever imports one of them needs none of the others. Nor do these libraries
// do anything by being imported; they only don't say so.
const treeshake = {
  moduleSideEffects: [
    { test: /packages\/protocol\/|\/node_modules\/(cborg|idb|pouchdb-)/, sideEffects: false },
  ],
  propertyReadSideEffects: false as const,
};

// Bundling has used the annotations up; licences stay.
const output = { comments: { annotation: false, jsdoc: false, legal: true } };

export default defineConfig({
  base: '/',
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    target: 'es2022',
    // The sheets use light-dark(); what cannot read it is not lowered to something that can.
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // Nothing is inlined: the content policy allows no data: scripts, and files are cached for good.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { treeshake, output },
  },
  worker: { format: 'es', plugins: () => [leaveOut(), hexWasm()], rolldownOptions: { treeshake, output } },
  preview: { headers: { 'Content-Security-Policy': contentSecurityPolicy } },
  plugins: [leaveOut(), trimTemplates(), serviceWorker(), precompress()],
});
