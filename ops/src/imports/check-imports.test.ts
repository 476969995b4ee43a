import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkImports } from './check-imports.js';
import { importRules } from './rules.js';

const test = suite('imports');

/** A checkout in small that keeps every rule. */
const clean: Record<string, string> = {
  'package.json': '{"devDependencies": {"uvu": "*"}}',
  'packages/protocol/package.json': '{"dependencies": {"valibot": "*"}}',
  'packages/protocol/src/index.ts': "export * from './ids.js'; export * from './http/json.js';",
  'packages/protocol/src/ids.ts': "import * as v from 'valibot'; export const id = v;",
  'packages/protocol/src/http/json.ts': "import { id } from '../ids.js'; export const json = id;",
  'packages/client/package.json': '{}',
  'packages/client/src/index.ts': "export * from './engine/engine.js';",
  'packages/client/src/crypto/keys.ts': "import { id } from '@sotto/protocol'; export const key = id;",
  'packages/client/src/store/sealed.ts':
    "import { key } from '../crypto/keys.js'; export type Sealed = typeof key;",
  'packages/client/src/account/vault.ts':
    "import type { Sealed } from '../store/sealed.js'; export const a = {} as Sealed;",
  'packages/client/src/engine/engine.ts': "import { a } from '../account/vault.js'; export const engine = a;",
  'packages/store/package.json': '{}',
  'packages/store/src/index.ts':
    "import { readFile } from 'node:fs/promises'; export const store = readFile;",
  'packages/service/package.json': '{}',
  'packages/service/src/index.ts': "import { id } from '@sotto/protocol'; export const service = id;",
  'sync-server/package.json': '{}',
  'sync-server/src/index.ts': "import { store } from '@sotto/store'; export const sync = store;",
  'sync-server/src/index.test.ts':
    "import { suite } from 'uvu'; import { sync } from './index.js'; suite(String(sync));",
  'auth-server/package.json': '{}',
  'auth-server/src/index.ts': "import { service } from '@sotto/service'; export const auth = service;",
  'notifier/package.json': '{}',
  'notifier/src/index.ts': 'export {};',
  'pwa/package.json': '{}',
  'pwa/src/platform/clock.ts': 'export interface Clock { now(): number }',
  'pwa/src/view-models/chat.ts':
    "import type { Clock } from '../platform/clock.js'; export class Chat { clock?: Clock }",
  'pwa/src/elements/chat.ts': "import { Chat } from '../view-models/chat.js'; export const chat = Chat;",
  'pwa/src/main.ts': "import './elements/chat.js'; import '@sotto/client';",
  'ops/package.json': '{}',
  'ops/src/main.ts':
    "import { sync } from '@sotto/sync-server'; import { auth } from '@sotto/auth-server'; void [sync, auth];",
  'ops/src/bench/send.ts': "import '@sotto/client'; import 'uvu';",
  'ops/src/whole.test.ts': "import '@sotto/client'; import '@sotto/sync-server';",
};

/** Checks the clean checkout with these files planted in it; gives `rule where` of each violation. */
function violationsWith(planted: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'sotto-imports-'));
  try {
    for (const [path, text] of Object.entries({ ...clean, ...planted })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkImports(root).violations.map(({ rule, where }) => `${rule} ${where}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('a clean tree passes', () => {
  assert.equal(violationsWith({}), []);
});

const file = 'planted.ts';

/** Title, folder, planted text, and the rule that must notice; every text is one line. */
const refused: [string, string, string, string][] = [
  ['protocol imports client', 'packages/protocol/src', "import '@sotto/client';", 'package'],
  ['protocol imports store', 'packages/protocol/src', "import '@sotto/store';", 'package'],
  ['protocol does I/O', 'packages/protocol/src', "import 'node:fs';", 'node'],
  ['client imports store', 'packages/client/src/engine', "import '@sotto/store';", 'package'],
  ['client imports pwa', 'packages/client/src/engine', "import '@sotto/pwa';", 'package'],
  ['client imports service', 'packages/client/src/engine', "import '@sotto/service';", 'package'],
  ['store imports service', 'packages/store/src', "import '@sotto/service';", 'package'],
  ['service imports a server', 'packages/service/src', "import '@sotto/auth-server';", 'package'],
  ['a server imports client', 'sync-server/src', "import { key } from '@sotto/client'; void key;", 'package'],
  [
    'a server imports a part of client',
    'auth-server/src',
    "export * from '@sotto/client/crypto';",
    'package',
  ],
  ['a server imports types of client', 'notifier/src', "import type { a } from '@sotto/client';", 'package'],
  ['a server imports another', 'sync-server/src', "export { auth } from '@sotto/auth-server';", 'package'],
  ['a server imports another while running', 'auth-server/src', "void import('@sotto/notifier');", 'package'],
  [
    'a server names a type of another',
    'notifier/src',
    "export type A = import('@sotto/sync-server').A;",
    'package',
  ],
  [
    'a server requires another',
    'notifier/src',
    "import a = require('@sotto/sync-server'); void a;",
    'package',
  ],
  ['pwa imports a server', 'pwa/src', "import '@sotto/sync-server';", 'package'],
  ['pwa imports store', 'pwa/src', "import '@sotto/store';", 'package'],
  ['ops outside tests imports client', 'ops/src', "import '@sotto/client';", 'package'],
  ['ops outside tests imports pwa', 'ops/src', "import '@sotto/pwa';", 'package'],
  ['a package without a rule', 'agent/src', "import '@sotto/client';", 'package'],
  [
    'a relative import crosses packages',
    'sync-server/src',
    "import '../../auth-server/src/index.js';",
    'crossing',
  ],
  ['a relative import leaves src', 'sync-server/src', "import '../dist/index.js';", 'crossing'],
  ['crypto imports account', 'packages/client/src/crypto', "import '../account/vault.js';", 'layer'],
  [
    'crypto imports types of store',
    'packages/client/src/crypto',
    "import type {} from '../store/sealed.js';",
    'layer',
  ],
  ['account imports values of store', 'packages/client/src/account', "import '../store/sealed.js';", 'layer'],
  [
    'inline types are not only types',
    'packages/client/src/sync',
    "import { type Sealed } from '../store/sealed.js';",
    'layer',
  ],
  ['account imports conversation', 'packages/client/src/account', "import '../conversation/x.js';", 'layer'],
  ['conversation imports sync', 'packages/client/src/conversation', "import '../sync/x.js';", 'layer'],
  ['sync imports engine', 'packages/client/src/sync', "export * from '../engine/x.js';", 'layer'],
  [
    'store imports account',
    'packages/client/src/store',
    "import type {} from '../account/vault.js';",
    'layer',
  ],
  ['a folder of client without a rule', 'packages/client/src/misc', "import '../crypto/keys.js';", 'layer'],
  ['platform imports view models', 'pwa/src/platform', "import type {} from '../view-models/x.js';", 'layer'],
  ['view models import elements', 'pwa/src/view-models', "void import('../elements/x.js');", 'layer'],
  ['view models start what platform does', 'pwa/src/view-models', "import '../platform/clock.js';", 'layer'],
  [
    'elements start a worker of platform',
    'pwa/src/elements',
    "new Worker(new URL('../platform/w.ts', import.meta.url));",
    'layer',
  ],
  ['elements import main', 'pwa/src/elements', "import '../main.js';", 'layer'],
  ['a package of others that is not declared', 'packages/store/src', "import 'level/x.js';", 'dependency'],
  ['what is for tests in what is shipped', 'packages/store/src', "import 'uvu';", 'dependency'],
  [
    'an import that cannot be read',
    'sync-server/src',
    'export const f = (x: string) => import(x);',
    'computed',
  ],
];

for (const [title, folder, text, rule] of refused) {
  test(`refused: ${title}`, () => {
    const path = `${folder}/${file}`;
    const manifest = { [`${folder.split('/src')[0]}/package.json`]: '{}' };
    const extra = folder.startsWith('agent') ? manifest : {};
    assert.ok(violationsWith({ [path]: text, ...extra }).includes(`${rule} ${path}:1`));
  });
}

test('refused: servers and client in test files, outside ops', () => {
  const path = 'sync-server/src/planted.test.ts';
  const text = "import '@sotto/auth-server';\nimport '@sotto/client';\nimport 'uvu';";
  assert.equal(violationsWith({ [path]: text }), [`package ${path}:1`, `package ${path}:2`]);
});

for (const name of importRules.forbiddenNames) {
  test(`refused: a folder or file called ${name}`, () => {
    const planted = { [`pwa/src/${name}/x.ts`]: 'export {};', [`docs/${name}.md`]: '' };
    assert.equal(violationsWith(planted).sort(), [`name docs/${name}.md`, `name pwa/src/${name}`]);
  });
}

test('refused: folders in a circle of two', () => {
  const planted = {
    'packages/store/src/log/a.ts': "import '../claims/b.js';",
    'packages/store/src/claims/b.ts': "import type {} from '../log/a.js';",
  };
  assert.equal(violationsWith(planted), ['cycle packages/store/src/claims']);
});

test('refused: folders in a circle of three, one step by way of a file in src', () => {
  const planted = {
    'sync-server/src/a/a.ts': "import '../b/b.js';",
    'sync-server/src/b/b.ts': "import '../way.js';",
    'sync-server/src/way.ts': "import './c/c.js';",
    'sync-server/src/c/c.ts': "import '../a/a.js';",
  };
  assert.equal(violationsWith(planted), ['cycle sync-server/src/a']);
});

test('refused: what is shipped imports what is for tests', () => {
  const planted = {
    'sync-server/src/testing/c.ts': "import 'uvu';",
    'sync-server/src/d.ts': "import './testing/c.js';",
    'sync-server/src/e.ts': "import '@sotto/store/suites';",
    'sync-server/src/e.test.ts': "import '@sotto/store/suites';",
    'sync-server/src/a-suite.ts': "import 'uvu';",
    'sync-server/src/b.ts': "import './a-suite.js';",
  };
  assert.equal(
    violationsWith(planted),
    ['b', 'd', 'e'].map((name) => `test sync-server/src/${name}.ts:1`),
  );
});

test('accepted: a circle closed by a test file alone', () => {
  const planted = {
    'sync-server/src/a/a.ts': "import '../b/b.js';",
    'sync-server/src/b/b.test.ts': "import '../a/a.js';",
    'sync-server/src/b/b.ts': 'export {};',
  };
  assert.equal(violationsWith(planted), []);
});

test('a source that is not TypeScript is an error', () => {
  assert.throws(() => violationsWith({ 'ops/src/broken.ts': 'import from from from' }), /broken\.ts/);
});

test('the checkout itself is really read', () => {
  const { files, imports } = checkImports(fileURLToPath(new URL('../../..', import.meta.url)));
  assert.ok(files > 50 && imports > 100);
});

test.run();
