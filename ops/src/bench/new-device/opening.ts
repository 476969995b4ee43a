/// <reference lib="dom" />

declare global {
  interface Window {
    sottoRoots: ShadowRoot[];
  }
}

/** The conversation to be opened, and its newest message. */
export interface Newest {
  readonly username: string;
  readonly text: string;
}

/** Milliseconds by the page's own clock, from the first click in it. */
export interface Opened {
  /** To the frame in which the conversation was in the list. */
  readonly listedMs: number;
  /** To the frame with its newest message drawn. */
  readonly drawnMs: number;
}

/** Runs in the page before its own scripts (and so refers to nothing outside): what is in shadow trees can be found. */
export function keepShadowRoots(): void {
  const roots: ShadowRoot[] = [];
  window.sottoRoots = roots;
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init);
    roots.push(root);
    return root;
  };
}

/**
 * Runs in the page, from before the button is pressed: opens a conversation in the frame in which it is listed. What looks from
 * outside looks so seldom that half a second would be its own.
 */
export function openWhenListed({ username, text }: Newest): Promise<Opened> {
  const all = (selector: string) =>
    window.sottoRoots.flatMap((root) => [...root.querySelectorAll<HTMLElement>(selector)]);
  let [pressed, listed] = [Number.NaN, Number.NaN];
  addEventListener(
    'click',
    ({ timeStamp }) => {
      pressed = timeStamp;
    },
    { capture: true, once: true },
  );
  const row = () =>
    all('[data-test=conversation-row]').find((element) => element.dataset.username === username);
  const isDrawn = () =>
    all('[data-test=message-text]').some((element) => element.textContent?.trim() === text);
  return new Promise((resolve) => {
    const look = () => {
      if (Number.isNaN(pressed)) return requestAnimationFrame(look);
      if (Number.isNaN(listed)) {
        const found = row();
        if (found) listed = performance.now();
        found?.click();
      } else if (isDrawn()) {
        // A task after the next frame comes after that was drawn.
        return requestAnimationFrame(() =>
          setTimeout(() => resolve({ listedMs: listed - pressed, drawnMs: performance.now() - pressed })),
        );
      }
      return requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}
