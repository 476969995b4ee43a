import { register } from 'node:module';

/** Run by `--import` before a control: modules are loaded through the hooks that take checks out. */
register('./module-hooks.js', import.meta.url);
