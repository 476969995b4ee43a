import { parseArgs } from 'node:util';
import { barLines } from './new-device/bars.js';
import { measureNewDevice } from './new-device/measure.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    conversations: { type: 'string', default: '100' },
    messages: { type: 'string', default: '1000' },
  },
});
const size = { conversations: Number(values.conversations), messages: Number(values.messages) };
const result = await measureNewDevice(size, (step) => console.error(step));
for (const line of barLines(result)) console.error(line);
console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
// Nobody waits for sockets that are still closing.
process.exit(0);
