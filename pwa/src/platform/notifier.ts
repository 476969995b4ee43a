/** `default` was never asked. */
export type NotificationState = 'unsupported' | 'default' | 'denied' | 'granted';

export interface Note {
  readonly title: string;
  /** A later note with this tag takes the place of the earlier. */
  readonly tag: string;
  /** Where a click leads. */
  readonly path: string;
}

/** The system's notifications. Content-free: a title and where it leads. */
export interface Notifier {
  readonly state: NotificationState;
  /** Asks the person; only after a gesture of theirs. */
  ask(): Promise<NotificationState>;
  /** Shows it, unless a tab of Sotto is in sight. */
  show(note: Note): Promise<void>;
}

const IN_SIGHT = 'sotto-in-sight';

/** Holds a shared lock while this tab is in sight, so that hidden tabs keep still. */
function tellWhenInSight(): void {
  let release: (() => void) | null = null;
  const update = () => {
    const inSight = document.visibilityState === 'visible';
    if (inSight && !release) {
      void navigator.locks.request(
        IN_SIGHT,
        { mode: 'shared' },
        () => new Promise<void>((r) => (release = r)),
      );
    } else if (!inSight) {
      release?.();
      release = null;
    }
  };
  document.addEventListener('visibilitychange', update);
  update();
}

async function anyInSight(): Promise<boolean> {
  const { held } = await navigator.locks.query();
  return held?.some((lock) => lock.name === IN_SIGHT) ?? false;
}

/** @param open goes to a path when a note is clicked, whoever showed it */
export function createNotifier(open: (path: string) => void): Notifier {
  const supported = 'Notification' in globalThis;
  tellWhenInSight();
  navigator.serviceWorker?.addEventListener('message', (event) => {
    const { type, path } = event.data as { type?: unknown; path?: unknown };
    if (type === 'open' && typeof path === 'string') open(path);
  });
  return {
    get state() {
      return supported ? Notification.permission : 'unsupported';
    },
    async ask() {
      return supported ? Notification.requestPermission() : 'unsupported';
    },
    async show({ title, tag, path }) {
      if (!supported || Notification.permission !== 'granted' || (await anyInSight())) return;
      const options = { tag, icon: '/icons/icon-192.png', badge: '/icons/badge-96.png', data: { path } };
      // Phones only show them from a service worker.
      const registration = await navigator.serviceWorker?.getRegistration();
      if (registration?.active) return registration.showNotification(title, options);
      const note = new Notification(title, options);
      note.onclick = () => {
        window.focus();
        open(path);
        note.close();
      };
    },
  };
}
