import { demandNode } from './launch/node-version.mjs';

demandNode();

async function check() {
  const { ensureInstalled } = await import('./launch/install.mjs');
  if (!(await ensureInstalled())) return 1;
  const { Report } = await import('./testing/report.mjs');
  const { checks } = await import('./testing/steps.mjs');
  const report = new Report();
  for (const step of checks) report.addStep(step.name, await step.run());
  return report.failed > 0 ? 1 : 0;
}

check().then((code) => {
  process.exitCode = code;
});
