import type { Plugin } from 'vite';

/**
 * Lets a page that is loaded on demand be a plain import. What Vite puts round it looks for style sheets and scripts to load ahead; there are
 * none here.
 */
export function plainImports(): Plugin {
  return {
    name: 'sotto:plain-imports',
    apply: 'build',
    enforce: 'pre',
    load: {
      filter: { id: /vite\/preload-helper/ },
      handler: () => 'export const __vitePreload = (load) => load();',
    },
  };
}
