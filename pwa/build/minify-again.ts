import { type MinifyOptions, minify } from 'terser';
import type { Plugin } from 'vite';

const OPTIONS: MinifyOptions = {
  module: true,
  ecma: 2020,
  compress: { passes: 1 },
  format: { comments: /@license|@preserve|^!/ },
};

/** Lets a second minifier over what the bundler made small already: 2 kB less of the first load, for 4 seconds of a build. */
export function minifyAgain(): Plugin {
  return {
    name: 'sotto:minify-again',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        const { code } = await minify(chunk.code, OPTIONS);
        if (code) chunk.code = code;
      }
    },
  };
}
