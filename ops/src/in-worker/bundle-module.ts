import { build, type Rollup } from 'vite';

/**
 * Bundles a built module and all it imports for a browser's worker.
 * @param file path of its JavaScript
 * @returns one module
 */
export async function bundleModule(file: string): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      // WebAssembly included: there is one file.
      assetsInlineLimit: Number.POSITIVE_INFINITY,
      rolldownOptions: {
        input: file,
        preserveEntrySignatures: 'strict',
        output: { codeSplitting: false },
      },
    },
  });
  return (made as Rollup.RollupOutput).output[0].code;
}
