import { join } from 'node:path';
import { compile, ensureBundled } from '../launch/build.mjs';
import { root } from '../launch/paths.mjs';
import { run } from '../launch/run.mjs';

const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
const importCheck = join(root, 'ops/dist/imports/cli.js');

/** Checks of the whole checkout, in order. Each counts as one test. */
export const checks = [
  { name: 'types', run: () => compile([], { quiet: true }) },
  {
    name: 'lint',
    run: () =>
      run(process.execPath, [biome, 'check', '--colors=off', '--diagnostic-level=warn', '.'], {
        quiet: true,
      }),
  },
  { name: 'imports', run: () => run(process.execPath, [importCheck], { quiet: true }) },
];

/** Compiles only these projects: what a filtered run needs. */
export function compileStep(projects) {
  return { name: `types of ${projects.join(', ')}`, run: () => compile(projects, { quiet: true }) };
}

/** The web app as browsers will get it. */
export const appStep = {
  name: 'web app',
  run: async () => (await ensureBundled({ quiet: true })) ?? { code: 0, output: '' },
};
