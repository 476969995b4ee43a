import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, loadConfigFromFile, type Rollup } from 'vite';

const pwa = fileURLToPath(new URL('../../../../pwa', import.meta.url));
/** Is no file; what it imports is looked up as if it were. */
const ENTRY = join(pwa, 'src/bundled-entry.js');

/**
 * Bundles a module as the engine's worker is bundled.
 * @param source of the module, in JavaScript
 * @returns the bundle
 */
export async function bundleForWorker(source: string): Promise<string> {
  const found = await loadConfigFromFile(
    { command: 'build', mode: 'production' },
    join(pwa, 'vite.config.ts'),
  );
  const worker = found!.config.worker!;
  const entry = {
    name: 'entry',
    resolveId: (id: string) => (id === ENTRY ? id : undefined),
    load: (id: string) => (id === ENTRY ? source : undefined),
  };
  const made = await build({
    root: pwa,
    configFile: false,
    logLevel: 'warn',
    plugins: [entry, worker.plugins!()],
    build: {
      write: false,
      target: 'es2022',
      // One module that exports what is looked at: how the worker is cut into files is of no matter here.
      rolldownOptions: {
        treeshake: worker.rolldownOptions!.treeshake!,
        input: ENTRY,
        preserveEntrySignatures: 'strict',
      },
    },
  });
  return (made as Rollup.RollupOutput).output[0].code;
}

/**
 * Bundles a module as the engine's worker is bundled, and runs it here.
 * @param source of the module, in JavaScript
 * @returns what it exports
 */
export async function bundled<T>(source: string): Promise<T> {
  const code = await bundleForWorker(source);
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bundled-'));
  try {
    const file = join(folder, 'bundled.mjs');
    await writeFile(file, code);
    return await import(pathToFileURL(file).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
