import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** THREATS.md says what is so: every attack is in it under its number, and every test that it names is there. */
const test = suite('THREATS.md');
const root = fileURLToPath(new URL('../../../', import.meta.url));
const attacks = `${root}ops/src/hostile/`;
const text = readFileSync(`${root}THREATS.md`, 'utf8');
const rows = new Map([...text.matchAll(/^\| (T\d+) +\|(.*)$/gm)].map(([, number, row]) => [number!, row!]));

test('every attack is named in the row of its number', () => {
  const files = readdirSync(attacks).filter(
    (file) => file.endsWith('.test.ts') && file !== 'threats.test.ts',
  );
  assert.ok(files.length > 15, `${files.length} attacks`);
  for (const file of files) {
    const number = /threat: '(T\d+)'/.exec(readFileSync(attacks + file, 'utf8'))?.[1];
    assert.ok(number, `${file} has no number`);
    assert.ok(rows.get(number)?.includes(`ops/src/hostile/${file}`), `${file} in the row of ${number}`);
  }
});

test('everything that it names is there, and every threat has a test', () => {
  const named = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path!);
  assert.ok(named.length > 30, `${named.length} links`);
  for (const path of named) assert.ok(existsSync(root + path), path);
  for (const [number, row] of rows) assert.match(row, /\.test\.ts\)/, number);
});

test('the numbers have no holes', () => {
  assert.equal(
    [...rows.keys()],
    Array.from({ length: rows.size }, (_, index) => `T${index + 1}`),
  );
});

test.run();
