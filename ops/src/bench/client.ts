import { parseArgs } from 'node:util';
import { barLines } from './client/bars.js';
import { measureBundle, measureClient } from './client/measure.js';
import { fileTable } from './client/report.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, files: { type: 'boolean', default: false } },
});
if (values.files) {
  console.log(fileTable(await measureBundle()));
  process.exit(0);
}
const { result, firstLoad } = await measureClient((step) => console.error(step));
if (!values.json) console.error(fileTable(firstLoad));
for (const line of barLines(result)) console.error(line);
console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
// Nobody waits for sockets that are still closing.
process.exit(0);
