export type Theme = 'system' | 'light' | 'dark';

/** This tab and its window. */
export interface Page {
  /** In sight: the tab is in front and its window has the focus. */
  readonly attended: boolean;
  readonly visible: boolean;
  /** Room for two panes. */
  readonly wide: boolean;
  /** Room for three. */
  readonly roomy: boolean;
  /** The first pointer is a finger. */
  readonly coarse: boolean;
  /** Tells when any of the above changed. */
  watch(listener: () => void): () => void;
  /** Tells when the tab may go away, so that what is unsaved can be saved. */
  whenLeaving(listener: () => void): () => void;
  /** From now on the browser asks before the tab goes away: something in it would be lost. @returns ends it */
  askBeforeLeaving(): () => void;
  setTitle(title: string): void;
  setTheme(theme: Theme): void;
  reload(): void;
}

const WIDE = '(min-width: 900px)';
const ROOMY = '(min-width: 1280px)';
const COARSE = '(pointer: coarse)';
const GROUND = { light: '#f4efe6', dark: '#13110e' } as const;

/** The page on `document` and `window`. */
export function createPage(): Page {
  const wide = matchMedia(WIDE);
  const roomy = matchMedia(ROOMY);
  const coarse = matchMedia(COARSE);
  return {
    get attended() {
      return document.visibilityState === 'visible' && document.hasFocus();
    },
    get visible() {
      return document.visibilityState === 'visible';
    },
    get wide() {
      return wide.matches;
    },
    get roomy() {
      return roomy.matches;
    },
    get coarse() {
      return coarse.matches;
    },
    watch(listener) {
      const ends = new AbortController();
      const { signal } = ends;
      document.addEventListener('visibilitychange', listener, { signal });
      addEventListener('focus', listener, { signal });
      addEventListener('blur', listener, { signal });
      wide.addEventListener('change', listener, { signal });
      roomy.addEventListener('change', listener, { signal });
      coarse.addEventListener('change', listener, { signal });
      return () => ends.abort();
    },
    whenLeaving(listener) {
      const ends = new AbortController();
      const { signal } = ends;
      // The engine goes with the tab. Of these two the first leaves it a moment to write things down.
      addEventListener('beforeunload', listener, { signal });
      addEventListener('pagehide', listener, { signal });
      // A phone may drop a tab in the background without another word.
      document.addEventListener('visibilitychange', () => document.hidden && listener(), { signal });
      return () => ends.abort();
    },
    askBeforeLeaving() {
      const ends = new AbortController();
      addEventListener('beforeunload', (event) => event.preventDefault(), { signal: ends.signal });
      return () => ends.abort();
    },
    setTitle(title) {
      if (document.title !== title) document.title = title;
    },
    setTheme(theme) {
      const root = document.documentElement;
      if (theme === 'system') delete root.dataset.theme;
      else root.dataset.theme = theme;
      for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
        const scheme = meta.media.includes('dark') ? 'dark' : 'light';
        meta.content = GROUND[theme === 'system' ? scheme : theme];
      }
    },
    reload: () => location.reload(),
  };
}
