import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { build } from 'vite';
import { injectManifest } from 'workbox-build';
import { minifyAgain } from './minify-again.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds the service worker after the site and writes into it the list of everything that is to work offline. */
export function serviceWorker(): Plugin {
  return {
    name: 'sotto:service-worker',
    apply: 'build',
    enforce: 'post',
    async closeBundle() {
      const site = join(root, 'dist/site');
      const bundled = join(root, 'dist/service-worker');
      await build({
        root,
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        plugins: [minifyAgain()],
        define: { 'process.env.NODE_ENV': '"production"' },
        build: {
          outDir: bundled,
          emptyOutDir: true,
          target: 'es2022',
          lib: { entry: join(root, 'src/service-worker.ts'), formats: ['es'], fileName: 'service-worker' },
          // A library keeps its white space unless the output is minified by name.
          rolldownOptions: { output: { minify: true } },
        },
      });
      const { count, size, warnings } = await injectManifest({
        swSrc: join(bundled, 'service-worker.js'),
        swDest: join(site, 'service-worker.js'),
        globDirectory: site,
        globPatterns: ['**/*.{html,js,css,wasm,svg,png,webmanifest,woff2}'],
        globIgnores: ['service-worker.js'],
        // These names carry a hash already.
        dontCacheBustURLsMatching: /^assets\//,
        maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
      });
      if (warnings.length > 0) throw new Error(`service worker: ${warnings.join('; ')}`);
      this.info(`${count} files work offline, ${size} bytes`);
    },
  };
}
