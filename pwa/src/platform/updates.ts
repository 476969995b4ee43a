/** New versions of the page, as the service worker finds them. */
export interface Updates {
  /** One is installed and waits. */
  readonly ready: boolean;
  watch(listener: () => void): () => void;
  /** Somebody is signed in: from now on the page is to open without a network, too. */
  keep(): void;
  /** Lets it take over; every tab reloads. */
  apply(): void;
}

const HOUR = 3_600_000;
/** After signing in for the first time: what is on screen loads before what is kept for later. */
const QUIET = 5_000;

/**
 * Registers the service worker and watches for versions that wait. Where there is none yet, it waits until there is
 * somebody to open the page for again, and until what they came for is loaded: its list is the whole site.
 */
export function createUpdates(): Updates {
  const listeners = new Set<() => void>();
  let waiting: ServiceWorker | null = null;
  const found = (worker: ServiceWorker | null) => {
    // Without a controller this is the first visit, not an update.
    if (!worker || !navigator.serviceWorker.controller) return;
    waiting = worker;
    for (const listener of listeners) listener();
  };
  const { serviceWorker } = navigator as Partial<Navigator>;
  let begun = !serviceWorker || !import.meta.env.PROD;
  const begin = (delay: number) => {
    if (begun) return;
    begun = true;
    setTimeout(() => void register(found), delay);
  };
  if (serviceWorker?.controller) begin(0);
  return {
    get ready() {
      return waiting !== null;
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    keep: () => begin(QUIET),
    apply() {
      waiting?.postMessage({ type: 'take-over' });
    },
  };
}

async function register(found: (waiting: ServiceWorker | null) => void): Promise<void> {
  const { serviceWorker } = navigator;
  let controlled = serviceWorker.controller !== null;
  serviceWorker.addEventListener('controllerchange', () => {
    if (controlled) location.reload();
    controlled = true;
  });
  const registration = await serviceWorker.register('/service-worker.js', { type: 'module' });
  found(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const installing = registration.installing;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed') found(registration.waiting);
    });
  });
  const check = () => {
    if (navigator.onLine && document.visibilityState === 'visible') {
      // A failed look only means that we are offline; the next one follows.
      registration.update().catch(() => undefined);
    }
  };
  setInterval(check, HOUR);
}
