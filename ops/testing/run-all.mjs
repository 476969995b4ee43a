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

/** More than there are cores: most of them wait most of the time. */
const atOnce = 3;
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

/** Runs files side by side. @returns those that failed, with how it went */
async function runMany(tests, report, lanes, env) {
  const isShort = ({ source }) => !longest.test(source);
  const queue = [...tests.filter((test) => !isShort(test)), ...tests.filter(isShort)];
  const failed = [];
  const lane = async () => {
    for (let test = queue.shift(); test; test = queue.shift()) {
      const verdict = await runOne(test, env);
      if (verdict.failed === 0) report.add(test.source, verdict, '');
      else failed.push({ test, env, verdict });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return failed;
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

async function runBrowserTests(tests, report) {
  if (tests.length === 0) return [];
  const chromium = await ensureChromium();
  if (!chromium) {
    report.addStep('Chromium', {
      code: 1,
      output: 'No Chromium found or installed; name one in CHROMIUM_PATH.',
    });
    return [];
  }
  return runMany(tests, report, 1, { CHROMIUM_PATH: chromium });
}

/**
 * The test command: checks, then test files, then those that need a browser.
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
  const failed = [
    ...(await runMany(
      tests.filter((test) => !test.inBrowser),
      report,
      atOnce,
    )),
    ...(await runBrowserTests(
      tests.filter((test) => test.inBrowser),
      report,
    )),
  ];
  await runAgain(failed, report);
  if (report.passed + report.failed === 0) console.log(`No test matches '${filter}'.`);
  console.log(summary(report));
  return report.failed > 0 || report.passed === 0 ? 1 : 0;
}
