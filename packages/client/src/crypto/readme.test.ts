import { readFile, writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('readme');

test('the example runs as it is printed', async () => {
  const readme = await readFile(new URL('../../src/crypto/README.md', import.meta.url), 'utf8');
  const example = /```js\n(.*?)```/s.exec(readme)![1]!;
  const file = new URL('./readme-example.js', import.meta.url);
  await writeFile(file, example);
  const { text } = await import(file.href);
  assert.is(text, 'Hello, group');
});

test.run();
