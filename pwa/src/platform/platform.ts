import type { Clock } from './clock.js';
import type { CodeReader } from './code-reader.js';
import type { Format } from './format.js';
import type { Keeping } from './keeping.js';
import type { Notifier } from './notifier.js';
import type { Page } from './page.js';
import type { Preferences } from './preferences.js';
import type { Router } from './router.js';
import type { StoragePersistence } from './storage-persistence.js';
import type { Updates } from './updates.js';

/** Everything that view models need of the browser, as interfaces. */
export interface Platform {
  readonly clock: Clock;
  readonly format: Format;
  readonly router: Router;
  readonly page: Page;
  readonly preferences: Preferences;
  readonly notifier: Notifier;
  readonly storage: StoragePersistence;
  readonly keeping: Keeping;
  readonly codes: CodeReader;
  readonly updates: Updates;
}
