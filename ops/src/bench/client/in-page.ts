/// <reference lib="dom" />

/** A message as the measured page showed it. Times are of this page's `performance.now()`, in milliseconds. */
export interface Sighting {
  readonly event: string;
  readonly text: string;
  readonly mine: boolean;
  /** The first frame with it has been drawn. */
  drawnAt: number;
  /** The frame after that has begun. */
  settledAt: number;
}

/** Enter pressed in the composer, with what was written there. */
export interface KeyPress {
  readonly text: string;
  readonly at: number;
}

export interface PageRecord {
  readonly sightings: readonly Sighting[];
  readonly keyPresses: readonly KeyPress[];
}

declare global {
  interface Window {
    sottoRecord: PageRecord;
  }
}

/** Runs in the page before its own scripts (and so refers to nothing outside): keeps when messages came to be seen. */
export function recordInPage(): void {
  const sightings: Sighting[] = [];
  const keyPresses: KeyPress[] = [];
  const known = new Set<string>();
  window.sottoRecord = { sightings, keyPresses };

  const timeOf = (fresh: Sighting[]) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      // A task of its own comes after the frame has been drawn.
      port1.onmessage = () => {
        for (const sighting of fresh) sighting.drawnAt = performance.now();
        port1.close();
      };
      port2.postMessage(null);
      requestAnimationFrame(() => {
        for (const sighting of fresh) sighting.settledAt = performance.now();
      });
    });
  };
  const see = (records: readonly MutationRecord[]) => {
    const fresh: Sighting[] = [];
    for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (!(node instanceof Element)) continue;
      for (const element of [node, ...node.querySelectorAll('[data-test=message]')]) {
        const event = element.getAttribute('data-event');
        if (!event || known.has(event)) continue;
        known.add(event);
        const text = element.querySelector('[data-test=message-text]')?.textContent ?? '';
        const mine = element.getAttribute('data-mine') === 'true';
        fresh.push({ event, text, mine, drawnAt: Number.NaN, settledAt: Number.NaN });
      }
    }
    if (fresh.length === 0) return;
    sightings.push(...fresh);
    timeOf(fresh);
  };
  // An observer of the document sees nothing of its shadow trees.
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init);
    new MutationObserver(see).observe(root, { childList: true, subtree: true });
    return root;
  };
  addEventListener(
    'keydown',
    (event) => {
      const [target] = event.composedPath();
      if (event.key === 'Enter' && target instanceof HTMLTextAreaElement)
        keyPresses.push({ text: target.value, at: event.timeStamp });
    },
    { capture: true },
  );
}

/**
 * What to add to this page's `performance.now()` to get the machine's clock, in milliseconds: taken right when the clock
 * moves on, since it shows whole milliseconds.
 */
export function clockOffset(): number {
  const offsets: number[] = [];
  while (offsets.length < 21) {
    const before = Date.now();
    let now = before;
    while (now === before) now = Date.now();
    offsets.push(now - performance.now());
  }
  return offsets.sort((a, b) => a - b)[10]!;
}
