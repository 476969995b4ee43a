import { runProcess } from './start/run-process.js';
import { readSyncSettings } from './start/settings.js';
import { startSyncService } from './start/sync-service.js';

await runProcess({
  name: 'sync-server',
  settings: readSyncSettings,
  drainTimeoutMs: ({ DRAIN_TIMEOUT_MS }) => DRAIN_TIMEOUT_MS,
  start: startSyncService,
});
