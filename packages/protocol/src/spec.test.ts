import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ERROR_CODES } from './errors/codes.js';
import { LIMITS } from './limits.js';

const test = suite('SPEC.md');
const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8');

test('[E] lists every code with its retry meaning and status, and no other', () => {
  const rows = [...spec.matchAll(/^\| `([a-z]+\/[a-z-]+)`\s*\| ([a-z-]+)\s*\| (\d+)\s*\|/gm)];
  const listed = Object.fromEntries(
    rows.map(([, code, retry, status]) => [code, { retry, status: Number(status) }]),
  );
  assert.equal(listed, ERROR_CODES);
});

test('[L] states the limits that the code has', () => {
  const stated = spec.slice(spec.indexOf('\n## L.'), spec.indexOf('\n## K.'));
  const { heartbeatMs, ...limits } = LIMITS;
  for (const [name, value] of Object.entries({ ...limits, heartbeatS: heartbeatMs / 1_000 }))
    assert.match(stated, new RegExp(`[^\\d,]${value.toLocaleString('en')}[^\\d,]`), name);
});

test('every rule has its own number', () => {
  const numbers = [...spec.matchAll(/^- \*\*([A-Z]\d+)\*\*|^\| \*\*([A-Z]\d+)\*\*/gm)].map(
    ([, a, b]) => a ?? b,
  );
  assert.is(new Set(numbers).size, numbers.length);
  assert.ok(numbers.length > 50);
});

test.run();
