import { parseArgs } from 'node:util';
import { barLines } from './crypto/bars.js';
import { measureCrypto } from './crypto/result.js';

// Plain JavaScript, as what runs before anything is built.
const { ensureOracle } = (await import(new URL('../../launch/oracle.mjs', import.meta.url).href)) as {
  ensureOracle(): Promise<boolean>;
};

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
if (!(await ensureOracle())) console.error("Signal's own library could not be installed: it is left out.");
const result = await measureCrypto((step) => console.error(step));
if (!result.libsignal)
  console.error("Signal's own library is not installed: `npm test -- oracle` does that.");
for (const line of barLines(result)) console.error(line);
console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
process.exit(0);
