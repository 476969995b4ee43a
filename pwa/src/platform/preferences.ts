import type { Theme } from './page.js';

/** What this browser remembers of how the person likes it. Never anything of theirs. */
export interface Preferences {
  theme: Theme;
  notifications: boolean;
  /** "This browser may clear your messages" was read. */
  storageNoticeRead: boolean;
  /** Forgets what somebody chose for their account here; how the page looks stays. */
  forget(): void;
}

const PREFIX = 'sotto.';

function read(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null; // Storage is refused: every visit begins with the defaults.
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // As above; the choice holds until the tab is closed.
  }
}

function remove(key: string): void {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // As above: nothing was kept.
  }
}

/** Preferences in localStorage, where `theme.js` reads the theme before the first paint. */
export function createPreferences(): Preferences {
  const stored = read('theme');
  let theme: Theme = stored === 'light' || stored === 'dark' ? stored : 'system';
  let notifications = read('notifications') === 'on';
  let storageNoticeRead = read('storage-notice') === 'read';
  return {
    get theme() {
      return theme;
    },
    set theme(value) {
      theme = value;
      write('theme', value);
    },
    get notifications() {
      return notifications;
    },
    set notifications(value) {
      notifications = value;
      write('notifications', value ? 'on' : 'off');
    },
    get storageNoticeRead() {
      return storageNoticeRead;
    },
    set storageNoticeRead(value) {
      storageNoticeRead = value;
      write('storage-notice', value ? 'read' : 'unread');
    },
    forget() {
      notifications = false;
      storageNoticeRead = false;
      remove('notifications');
      remove('storage-notice');
    },
  };
}
