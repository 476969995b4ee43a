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

async function runOne(test, report, env) {
  const file = join(root, test.built);
  if (!existsSync(file)) {
    report.add(test.source, { passed: 0, failed: 1, skipped: 0, reason: 'was not built' }, '');
    return;
  }
  const limit = test.inBrowser ? browserTimeoutMs : timeoutMs;
  const end = await runFile(file, { timeoutMs: limit, cwd: root, env });
  report.add(test.source, judge(end), end.output);
}

async function runMany(tests, report, lanes, env) {
  const queue = [...tests];
  const lane = async () => {
    for (let test = queue.shift(); test; test = queue.shift()) await runOne(test, report, env);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function runSteps(filter, tests, report) {
  const projects = [...new Set(tests.map((test) => test.workspace))];
  const steps = filter ? checks.filter((step) => step.name === filter) : [...checks];
  if (filter && steps.length === 0 && projects.length > 0) steps.push(compileStep(projects));
  if (projects.includes('ops') || projects.includes('pwa')) steps.push(appStep);
  for (const step of steps) report.addStep(step.name, await step.run());
}

async function runBrowserTests(tests, report) {
  if (tests.length === 0) return;
  const chromium = await ensureChromium();
  if (!chromium) {
    report.addStep('Chromium', {
      code: 1,
      output: 'No Chromium found or installed; name one in CHROMIUM_PATH.',
    });
    return;
  }
  await runMany(tests, report, 1, { CHROMIUM_PATH: chromium });
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
  await runMany(
    tests.filter((test) => !test.inBrowser),
    report,
    atOnce,
  );
  await runBrowserTests(
    tests.filter((test) => test.inBrowser),
    report,
  );
  if (report.passed + report.failed === 0) console.log(`No test matches '${filter}'.`);
  console.log(summary(report));
  return report.failed > 0 || report.passed === 0 ? 1 : 0;
}
