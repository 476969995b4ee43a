import { runProcess } from '@sotto/service';
import { isStoreError } from '@sotto/store';
import { startNotifierService } from './start/notifier-service.js';
import { readNotifierSettings } from './start/settings.js';

await runProcess({
  name: 'notifier',
  settings: readNotifierSettings,
  start: startNotifierService,
  isTelling: isStoreError,
});
