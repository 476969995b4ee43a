import { createBrowserPlatform } from './platform/browser-platform.js';
import { joinEngine } from './platform/engine-leader.js';
import { AppViewModel } from './view-models/app.js';
import { directionOf, LANGUAGE, setPageDirection } from './words/say.js';
import './elements/sotto-app.js';

/** The page runs as its language does; `?dir=` turns it round to look at it the other way. */
function setDirection(): void {
  const asked = new URLSearchParams(location.search).get('dir');
  const direction = asked === 'rtl' || asked === 'ltr' ? asked : directionOf(LANGUAGE);
  document.documentElement.lang = LANGUAGE;
  document.documentElement.dir = direction;
  setPageDirection(direction);
}

async function main(): Promise<void> {
  setDirection();
  const platform = createBrowserPlatform();
  const startWorker = () =>
    new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name: 'sotto-engine' });
  const engine = await joinEngine(startWorker, platform.clock);
  const app = document.querySelector('sotto-app')!;
  app.model = new AppViewModel({ engine, platform });
  addEventListener('pagehide', () => void engine.close());
  // A page that comes back from the browser's cache of pages has left the engine: it begins anew.
  addEventListener('pageshow', (event) => (event as PageTransitionEvent).persisted && location.reload());
}

void main();
