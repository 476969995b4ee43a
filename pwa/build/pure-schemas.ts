import type { Plugin } from 'vite';

/**
 * lib0 describes DOM nodes by schemas at the top of a module that Yjs reaches through its logging. Nothing of ours uses
 * them; said to be pure, they and the schema library behind them are left out: 6 kB of the worker.
 */
export function pureSchemas(): Plugin {
  return {
    name: 'sotto:pure-schemas',
    apply: 'build',
    transform: {
      filter: { id: /\/lib0\/dom\.js$/ },
      handler: (code) => ({
        code: code.replaceAll('= $.$custom(', '= /* @__PURE__ */ $.$custom('),
        map: null,
      }),
    },
  };
}
