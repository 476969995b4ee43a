import { runProcess } from '@sotto/service';
import { isStoreError } from '@sotto/store';
import { readSyncSettings } from './start/settings.js';
import { startSyncService } from './start/sync-service.js';

await runProcess({
  name: 'sync-server',
  settings: readSyncSettings,
  start: startSyncService,
  isTelling: isStoreError,
});
