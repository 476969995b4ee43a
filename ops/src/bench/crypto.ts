import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { barLines } from './crypto/bars.js';
import { measureCrypto } from './crypto/result.js';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const result = await measureCrypto((step) => console.error(step));
if (!result.libsignal)
  console.error("Signal's own library is not installed: `npm test -- oracle` does that.");
if (!result.libsignal) console.error("Signal's own library is not installed: it is left out.");
console.error(`load of the machine at the end: ${loadavg()[0]!.toFixed(1)}`);
for (const line of barLines(result)) console.error(line);
console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
process.exit(0);
