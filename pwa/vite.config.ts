import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';
import { InitialModules } from './build/initial-modules.js';
import { leaveFunctionsOut } from './build/leave-functions-out.js';
import { leaveOut } from './build/leave-out.js';
import { minifyAgain } from './build/minify-again.js';
import { plainImports } from './build/plain-imports.js';
import { precompress } from './build/precompress.js';
import { serviceWorker } from './build/service-worker.js';
import { trimTemplates } from './build/trim-templates.js';

const { contentSecurityPolicy } = JSON.parse(readFileSync(new URL('csp.json', import.meta.url), 'utf8'));

// The wire contract is schemas and functions; whoever imports one of them needs none of the others. Nor do these libraries
// do anything by being imported; they only don't say so.
const treeshake = {
  moduleSideEffects: [{ test: /packages\/protocol\/|\/node_modules\/(idb|pouchdb-)/, sideEffects: false }],
  propertyReadSideEffects: false as const,
};

// Bundling has used the annotations up; licences stay.
const output = { comments: { annotation: false, jsdoc: false, legal: true } };

// The first screen of a newcomer in one file; there is nothing left to load ahead then.
const signIn = {
  name: 'sign-in',
  test: /src.(elements.(sotto-sign-in|screen-element|templates.(field|submit-button))|styles.sheet|view-models.(form|sign-in))\.ts|if-defined/,
};
// What most people never ask the engine for comes when somebody does. All else is one file: apart, the same bytes weigh more.
const askedFor =
  /client.dist.(engine.(account.(account-changes|link-session)|attachments.\w[\w-]*|context.attached-files|device.(attached-message|trust-calls|group-calls|farewells|erasing|past-judging)|trust.safety-number|publishing.(details|pending-changes)|repair.(answer\w+|asking|waiting-keys)|sending.(wish-keeper|past-sharing|device-bounds|feed-ends|farewell)|session.relinking)|account.(sign-up|start-over|renew|reset|link-(offer|approval)|account-change|recover|recovery-key)|conversation.attachment-(chunks|size)|crypto.fingerprint)\.js|protocol.dist.http.attachments\.js/;
const engine = {
  includeDependenciesRecursively: false,
  groups: [{ name: 'engine', test: (id: string) => !askedFor.test(id) }],
};

// The wire contract's schemas are imported by name from one index; only forms that come later use them.
const initial = new InitialModules(/valibot|protocol.dist.(?!ids|errors)/);
const codeSplitting = {
  includeDependenciesRecursively: false,
  groups: [signIn, { name: 'page', test: initial.has }],
};

// Beside a Sotto that `npm start` runs: requests reach it as if its own page had made them.
const target = 'http://localhost:8080';
const sotto = { target, changeOrigin: true, headers: { origin: target } };

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
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: { treeshake, output: { ...output, codeSplitting } },
  },
  worker: {
    format: 'es',
    plugins: () => [leaveOut(), leaveFunctionsOut(), minifyAgain()],
    rolldownOptions: { treeshake, output: { ...output, codeSplitting: engine } },
  },
  server: { proxy: { '/api': sotto, '/mailbox': sotto, '/sync': { ...sotto, ws: true } } },
  preview: { headers: { 'Content-Security-Policy': contentSecurityPolicy } },
  plugins: [
    initial.plugin(),
    leaveOut(),
    plainImports(),
    trimTemplates(),
    minifyAgain(),
    serviceWorker(),
    precompress(),
  ],
});
