import { runProcess } from '@sotto/service';
import { isStoreError } from '@sotto/store';
import { startAuthService } from './start/auth-service.js';
import { readAuthSettings } from './start/settings.js';

await runProcess({
  name: 'auth-server',
  settings: readAuthSettings,
  start: startAuthService,
  isTelling: isStoreError,
});
