import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

interface Launch {
  nodeComplaint(version: string): string;
  isInstalled(folder: string): boolean;
  selectTests(filter: string, folder: string): { source: string; built: string; inBrowser: boolean }[];
}

// What runs before anything is built is plain JavaScript.
const ops = fileURLToPath(new URL('../..', import.meta.url));
const load = (file: string): Promise<object> => import(pathToFileURL(join(ops, file)).href);
const { nodeComplaint, isInstalled, selectTests } = {
  ...(await load('launch/node-version.mjs')),
  ...(await load('launch/install.mjs')),
  ...(await load('testing/select.mjs')),
} as Launch;

const test = suite('launch');

function withFiles<T>(files: Record<string, string>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-launch-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('an old Node is told what is needed, in one line', () => {
  for (const version of ['12.22.12', '18.20.4', '20.0.0', '20.18.3', '0.10.48']) {
    assert.is(nodeComplaint(version), `Sotto needs Node 20.19.0 or newer; this is Node ${version}.`);
  }
});

test('a new enough Node is not', () => {
  for (const version of ['20.19.0', '20.20.2', '21.0.0', '22.1.0', '100.0.0'])
    assert.is(nodeComplaint(version), '');
});

const lock = (packages: object): string => JSON.stringify({ packages });
const wanted = {
  '': {},
  'node_modules/a': { version: '1.0.0', integrity: 'x' },
  'node_modules/b': { version: '2.0.0', optional: true },
};

function installedWith(present: object | undefined): boolean {
  const hidden = present ? { 'node_modules/.package-lock.json': lock(present) } : {};
  return withFiles({ 'package-lock.json': lock(wanted), ...hidden }, isInstalled);
}

test('packages are installed when what lies there is what is locked', () => {
  assert.ok(installedWith(wanted));
  assert.ok(installedWith({ 'node_modules/a': wanted['node_modules/a'] }), 'optional ones may be missing');
});

test('packages are installed anew when something is missing or another', () => {
  assert.not(installedWith(undefined));
  assert.not(installedWith({ 'node_modules/b': wanted['node_modules/b'] }));
  assert.not(installedWith({ ...wanted, 'node_modules/a': { version: '1.0.1', integrity: 'x' } }));
  assert.not(installedWith({ ...wanted, 'node_modules/a': { version: '1.0.0', integrity: 'y' } }));
  assert.not(
    withFiles(
      { 'package-lock.json': lock(wanted), 'node_modules/.package-lock.json': '{"pack' },
      isInstalled,
    ),
  );
});

interface LockedPackage {
  version?: string;
  integrity?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const locked = JSON.parse(readFileSync(join(ops, '../package-lock.json'), 'utf8')).packages as Record<
  string,
  LockedPackage
>;

test('packages of every platform are locked: npm ci refuses a fresh clone otherwise', () => {
  const wanted = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ path, name })),
  );
  assert.ok(wanted.length > 20);
  const missing = wanted.filter(
    ({ path, name }) => !(`${path}/node_modules/${name}` in locked) && !(`node_modules/${name}` in locked),
  );
  assert.equal(missing, []);
});

test('the lock names no registry', () => {
  const urls = Object.values(locked).map(({ resolved }) => resolved ?? '');
  assert.equal(
    urls.filter((url) => /^https?:/.test(url)),
    [],
  );
});

test('tests are chosen by their sources: what an earlier build left is not run', () => {
  const files = {
    'ops/tsconfig.json': '{}',
    'ops/src/a.test.ts': '',
    'pwa/tsconfig.json': '{"compilerOptions": {"outDir": "dist/types"}}',
    'pwa/src/f.test.ts': '',
    'ops/src/deep/b.browser.test.ts': '',
    'ops/src/c.ts': '',
    'ops/dist/gone.test.js': '',
    'packages/client/node_modules/x/src/d.test.ts': '',
    'docs/src/e.test.ts': '',
  };
  const found = withFiles(files, (folder) => selectTests('', folder));
  assert.equal(
    found.map(({ source, built, inBrowser }) => [source, built, inBrowser]),
    [
      ['ops/src/a.test.ts', 'ops/dist/a.test.js', false],
      ['ops/src/deep/b.browser.test.ts', 'ops/dist/deep/b.browser.test.js', true],
      ['pwa/src/f.test.ts', 'pwa/dist/types/f.test.js', false],
    ],
  );
  assert.equal(withFiles(files, (folder) => selectTests('deep', folder)).length, 1);
});

test.run();
