import { measureEngine } from './measure.js';

/* Entry of the worker: measures there, and tells the page. */
const { postMessage } = globalThis as unknown as { postMessage(message: { last: unknown }): void };
postMessage({ last: await measureEngine() });
