import { en } from './en.js';
import { enPages } from './en-pages.js';
import { sayFrom } from './say.js';

/** Like `say` of `say.ts`, for pages that are loaded when they are shown: it has their words too. */
export const say = sayFrom({ ...en, ...enPages });
