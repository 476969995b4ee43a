import { runProcess } from './start/run-process.js';
import { readStoreHostSettings, startStoreHost } from './start/store-host-service.js';

await runProcess({
  name: 'store-host',
  settings: readStoreHostSettings,
  drainTimeoutMs: ({ DRAIN_TIMEOUT_MS }) => DRAIN_TIMEOUT_MS,
  start: startStoreHost,
});
