import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { targets } from './targets.js';
import { WatchedFuzzer } from './watched-fuzzer.js';

/** Every decoder for a moment, over its samples, its corpus and changed copies of both. `npm run fuzz` goes on for longer. */
const test = suite('fuzz');
const ROUNDS = 1_000;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
process.stdout.write(`SEED=${seed}\n`);
const fuzzer = new WatchedFuzzer();
test.after(() => fuzzer.close());

for (const { name } of targets)
  test(`${name}: takes what is valid, refuses the rest with typed errors, and ends`, async () => {
    const verdict = await fuzzer.run(name, {
      seed,
      rounds: ROUNDS,
      until: Number.POSITIVE_INFINITY,
    });
    if (verdict.status !== 'passed') throw new Error(`SEED=${seed} ${verdict.message}\n${verdict.stack}`);
    assert.ok(verdict.taken + verdict.refused > ROUNDS, 'every input was tried');
    assert.ok(verdict.refused > ROUNDS / 50, `only ${verdict.refused} were refused`);
  });

test.run();
