import { LANGUAGE } from '../words/say.js';
import { systemClock } from './clock.js';
import { browserCodeReader } from './code-reader.js';
import { createFormat } from './format.js';
import { browserKeeping } from './keeping.js';
import { createNotifier } from './notifier.js';
import { createPage } from './page.js';
import type { Platform } from './platform.js';
import { createPreferences } from './preferences.js';
import { createRouter } from './router.js';
import { parseRoute } from './routes.js';
import { storagePersistence } from './storage-persistence.js';
import { createUpdates } from './updates.js';

/** The platform of a tab. */
export function createBrowserPlatform(): Platform {
  const router = createRouter();
  return {
    clock: systemClock,
    format: createFormat(LANGUAGE, navigator.languages),
    router,
    page: createPage(),
    preferences: createPreferences(),
    notifier: createNotifier((path) => router.go(parseRoute(path))),
    storage: storagePersistence,
    keeping: browserKeeping,
    codes: browserCodeReader,
    updates: createUpdates(),
  };
}
