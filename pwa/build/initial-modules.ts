import type { Plugin } from 'vite';

/**
 * Knows which modules a page needs before it shows anything: what its entry imports, and what that imports. In one file they
 * weigh least; left to itself the bundler takes out what pages that are loaded later import too.
 */
export class InitialModules {
  readonly #ids = new Set<string>();

  readonly #except: RegExp;

  /** @param except what is imported there and not used */
  constructor(except: RegExp) {
    this.#except = except;
  }

  readonly has = (id: string): boolean => this.#ids.has(id) && !this.#except.test(id);

  plugin(): Plugin {
    const ids = this.#ids;
    return {
      name: 'sotto:initial-modules',
      apply: 'build',
      buildEnd() {
        const visit = (id: string) => {
          if (ids.has(id)) return;
          ids.add(id);
          for (const imported of this.getModuleInfo(id)?.importedIds ?? []) visit(imported);
        };
        for (const id of this.getModuleIds()) if (this.getModuleInfo(id)?.isEntry) visit(id);
      },
    };
  }
}
