import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { corpusFile, writeCorpus } from './corpus.js';
import { type Target, targetNamed, targets } from './targets.js';
import { tryInput } from './try-input.js';
import { type Verdict, WatchedFuzzer } from './watched-fuzzer.js';

const USAGE = `npm run fuzz -- <decoder> | all  [--minutes 1] [--seed N] [--no-keep] [--input BASE64]

Fuzzes a decoder (or all, one after the other, each for that long) and keeps the inputs that reached something new in
its package's fuzz/corpus. --input tries a single one.
`;

const say = (text: string) => process.stdout.write(`${text}\n`);

function asked() {
  return parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string' },
      'no-keep': { type: 'boolean', default: false },
      input: { type: 'string' },
    },
  });
}

/** @returns whether the decoder held */
async function fuzz(target: Target, seed: number, minutes: number, keeps: boolean): Promise<boolean> {
  const until = Date.now() + minutes * 60_000;
  const run = { seed, rounds: Number.MAX_SAFE_INTEGER, until };
  const fuzzer = new WatchedFuzzer({ explores: true });
  const verdict = await fuzzer.run(target.name, run);
  await fuzzer.close();
  say(`${target.name}: ${described(verdict)}`);
  if (verdict.status === 'passed') {
    if (keeps) writeCorpus(target, verdict.kept);
    return true;
  }
  say(verdict.stack);
  if (keeps) {
    appendFileSync(corpusFile(target), `${Buffer.from(verdict.input).toString('base64')}\n`);
    say(`kept in ${corpusFile(target)}`);
  }
  return false;
}

function described(verdict: Verdict): string {
  if (verdict.status !== 'passed') return verdict.message;
  const { taken, refused, kept, blocks } = verdict;
  return `${taken} taken, ${refused} refused, ${blocks} blocks reached, corpus of ${kept.length}`;
}

async function main(): Promise<number> {
  const { values, positionals } = asked();
  const [name] = positionals;
  if (!name) {
    say(USAGE);
    say(`Decoders: ${targets.map((target) => target.name).join(', ')}`);
    return 1;
  }
  if (values.input !== undefined) {
    const input = new Uint8Array(Buffer.from(values.input, 'base64'));
    say(await tryInput(targetNamed(name), input));
    return 0;
  }
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
  say(`seed ${seed}`);
  const chosen = name === 'all' ? targets : [targetNamed(name)];
  let held = true;
  for (const target of chosen)
    held = (await fuzz(target, seed, Number(values.minutes), !values['no-keep'])) && held;
  return held ? 0 : 1;
}

process.exitCode = await main();
