import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkWycheproof, type WycheproofFile } from '@sotto/client/testing/crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { vectorFiles, vectorFolder } from './wycheproof-files.js';

const test = suite('wycheproof');
if (!vectorFolder) {
  process.stdout.write('SKIPPED: WYCHEPROOF names no folder of its test vectors, none were run\n');
  test.skip('vectors of Wycheproof');
}

for (const name of vectorFolder ? vectorFiles : []) {
  const file = join(vectorFolder!, name);
  test(name, async () => {
    const { checked, other } = await checkWycheproof(
      JSON.parse(readFileSync(file, 'utf8')) as WycheproofFile,
    );
    process.stdout.write(`${name}: ${checked} vectors, ${other} of other parameters\n`);
    assert.ok(checked > 0);
  });
}

test.run();
