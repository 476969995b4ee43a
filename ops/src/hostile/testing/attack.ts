import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { AttackSucceeded } from './attack-succeeded.js';
import { keptBeginning } from './beginning.js';
import { REMOVED_CHECKS, type RemovedCheck } from './removed-checks.js';
import { openWorld, type World } from './world.js';

/** One thing that a server which means no good tries, and what stops it. */
export interface Attack {
  /** Where THREATS.md speaks of it. */
  readonly threat: `T${number}`;
  /** What holds, as a sentence. */
  readonly title: string;
  /** Makes the attempt and calls {@link World.harmless} with what must not have come of it. */
  attempt(world: World): Promise<void>;
  /**
   * The checks that stop it. Without them, all at once, it must succeed: else this test proves nothing about them. None where it is keys
   * alone that stop it.
   */
  readonly checks: readonly RemovedCheck[];
  /** Where keys alone stop it: every check that might seem to. Without them, all at once, it comes to nothing all the same. */
  readonly unneeded?: readonly RemovedCheck[];
}

const CONTROL = 'SOTTO_CONTROL';
/** Whether a control is to come to nothing, too. */
const UNNEEDED = 'SOTTO_UNNEEDED';
const NOTHING = 0;
const SUCCEEDED = 3;

/**
 * Makes the attack twice: against Sotto as it is, where it must come to nothing, and against Sotto without the checks
 * that stop it, where it must succeed.
 * @param file the test file's `import.meta.url`, which is run again for the control
 */
export function attackTest(file: string, attack: Attack): void {
  const kept = process.env[CONTROL];
  if (kept !== undefined) void runControl(attack, kept);
  else describe(file, attack);
}

function describe(file: string, attack: Attack): void {
  const test = suite(`hostile ${attack.threat}`);
  let kept: string;
  test.before(async () => {
    kept = await keptBeginning();
  });
  test(attack.title, () => attempt(attack, kept, false));
  const { checks, unneeded = [] } = attack;
  if (checks.length > 0) control(test, file, () => kept, checks, SUCCEEDED);
  if (unneeded.length > 0) control(test, file, () => kept, unneeded, NOTHING);
  test.run();
}

function control(
  test: Test,
  file: string,
  kept: () => string,
  checks: readonly RemovedCheck[],
  expected: number,
): void {
  const outcome = expected === SUCCEEDED ? 'it comes through' : 'it comes to nothing: keys alone stop it';
  test(`control: without ${checks.map(({ what }) => what).join(' and ')} ${outcome}`, async () => {
    const { code, output } = await runWithoutChecks(file, kept(), checks, expected);
    for (const { file: changed } of checks) assert.match(output, `taken out of ${changed}`);
    assert.is(code, expected, output.slice(-4_000));
  });
}

async function attempt(attack: Attack, kept: string, isControl: boolean): Promise<void> {
  const world = await openWorld(kept, isControl);
  try {
    await attack.attempt(world);
  } finally {
    await world.close();
  }
}

async function runControl(attack: Attack, kept: string): Promise<void> {
  try {
    await attempt(attack, kept, process.env[UNNEEDED] === undefined);
    process.exit(NOTHING);
  } catch (error) {
    console.error(error);
    process.exit(error instanceof AttackSucceeded ? SUCCEEDED : 1);
  }
}

function runWithoutChecks(
  file: string,
  kept: string,
  checks: readonly RemovedCheck[],
  expected: number,
): Promise<{ code: number | null; output: string }> {
  const hooks = new URL('./without-checks.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--import', hooks, fileURLToPath(file)], {
    env: {
      ...process.env,
      ...{ [CONTROL]: kept, [REMOVED_CHECKS]: JSON.stringify(checks) },
      ...(expected === NOTHING ? { [UNNEEDED]: '1' } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
