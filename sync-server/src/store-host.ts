import { runProcess } from '@sotto/service';
import { isStoreError } from '@sotto/store';
import { readStoreHostSettings, startStoreHost } from './start/store-host-service.js';

await runProcess({
  name: 'store-host',
  settings: readStoreHostSettings,
  start: startStoreHost,
  isTelling: isStoreError,
});
