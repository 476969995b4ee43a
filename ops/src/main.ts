import { runSotto } from './start/run.js';

const code = await runSotto(process.argv.slice(2));
// What a failed start had opened ends with the process.
if (code !== 0) process.exit(code);
