import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium } from '../launch/chromium.mjs';
import { ensureInstalled } from '../launch/install.mjs';
import { ensureOracle } from '../launch/oracle.mjs';
import { root } from '../launch/paths.mjs';
import { Report } from './report.mjs';
import { runFile } from './run-file.mjs';
import { selectTests } from './select.mjs';
import { appStep, checks, compileStep } from './steps.mjs';
import { judge, summary } from './totals.mjs';

/** Lanes of files that need no browser; beside them goes one of those that do, which waits most of the time, and then helps. */
const atOnce = 2;
const timeoutMs = 400_000;
const browserTimeoutMs = 420_000;

/** What takes longest begins first, so that no lane is left alone with it at the end. */
const longest = /crash-points|group-stories|random-|large-group|bench|chaos/;

/** More failures than this are no matter of what ran beside them. */
const mostAgain = 8;

async function runOne(test, env) {
  const file = join(root, test.built);
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, reason: 'was not built', output: '' };
  const limit = test.inBrowser ? browserTimeoutMs : timeoutMs;
  const begun = performance.now();
  const end = await runFile(file, { timeoutMs: limit, cwd: root, env });
  return { ...judge(end), output: end.output, seconds: (performance.now() - begun) / 1_000 };
}

/**
 * Runs files side by side.
 * @param {{ test: object, env?: NodeJS.ProcessEnv }[][][]} lanes each takes from the front of its queues, one queue after the other;
 * several may share a queue
 * @returns those that failed, with how it went
 */
async function runLanes(lanes, report) {
  const failed = [];
  const lane = async (queues) => {
    for (const queue of queues)
      for (let next = queue.shift(); next; next = queue.shift()) {
        const verdict = await runOne(next.test, next.env);
        if (verdict.failed === 0) report.add(next.test.source, verdict, '');
        else failed.push({ ...next, verdict });
      }
  };
  await Promise.all(lanes.map(lane));
  return failed;
}

/** What takes longest first. */
function inOrder(tests) {
  const isShort = ({ source }) => !longest.test(source);
  return [...tests.filter((test) => !isShort(test)), ...tests.filter(isShort)];
}

/**
 * Runs what failed once more, each file alone: what waits for processes and clocks can come too late beside others. What passes
 * then is said with how it failed before, for somebody to look at; what fails again has failed.
 */
async function runAgain(failed, report) {
  const worthIt = failed.length <= mostAgain;
  for (const { test, env, verdict } of failed) {
    if (!worthIt) {
      report.add(test.source, verdict, verdict.output);
      continue;
    }
    report.tell(
      `failed beside others, and is run again alone: ${test.source}: ${verdict.reason}`,
      verdict.output,
    );
    const again = await runOne(test, env);
    report.add(test.source, again, again.output);
  }
}

async function runSteps(filter, tests, report) {
  const projects = [...new Set(tests.map((test) => test.workspace))];
  const steps = filter ? checks.filter((step) => step.name === filter) : [...checks];
  if (filter && steps.length === 0 && projects.length > 0) steps.push(compileStep(projects));
  if (projects.includes('ops') || projects.includes('pwa')) steps.push(appStep);
  for (const step of steps) report.addStep(step.name, await step.run());
}

/** @returns how browser tests find their Chromium; undefined when there is none, which is reported */
async function browserSettings(report) {
  const chromium = await ensureChromium();
  if (chromium) return { CHROMIUM_PATH: chromium };
  report.addStep('Chromium', {
    code: 1,
    output: 'No Chromium found or installed; name one in CHROMIUM_PATH.',
  });
  return undefined;
}

async function runFiles(tests, report) {
  const needing = tests.filter(({ inBrowser }) => inBrowser);
  const env = needing.length > 0 ? await browserSettings(report) : undefined;
  const inBrowser = env ? needing.map((test) => ({ test, env })) : [];
  const others = inOrder(tests.filter((test) => !test.inBrowser)).map((test) => ({ test }));
  const plain = Array.from({ length: atOnce }, () => [others]);
  return runLanes([...plain, [inBrowser, others]], report);
}

/**
 * The test command: checks, then test files, those that need a browser one after the other.
 * @param {string} [filter] part of the path of the files to run, or the name of a check
 * @returns {Promise<number>} exit code
 */
export async function runAll(filter = '') {
  if (!(await ensureInstalled())) return 1;
  const report = new Report();
  const tests = selectTests(filter);
  await runSteps(filter, tests, report);
  if (tests.some(({ source }) => source.startsWith('ops/src/oracle/')) && !(await ensureOracle()))
    console.log("Skipped: Signal's own library could not be installed, nothing is compared with it.");
  const failed = await runFiles(tests, report);
  await runAgain(failed, report);
  if (report.passed + report.failed === 0) console.log(`No test matches '${filter}'.`);
  console.log(summary(report));
  return report.failed > 0 || report.passed === 0 ? 1 : 0;
}
