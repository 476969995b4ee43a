/// <reference lib="dom" />

/** Frames of the measured page. Times are of its `performance.now()`, in milliseconds. */
export interface FrameRecord {
  /** Frames counted since {@link FrameRecord.from}. */
  frames: number;
  /** Those that took longer than 50 ms, with when they ended. */
  readonly long: { readonly at: number; readonly ms: number }[];
  worstMs: number;
  /** Tasks of the page's own thread that took longer than 50 ms. */
  readonly tasks: { readonly at: number; readonly ms: number }[];
  from: number;
}

declare global {
  interface Window {
    sottoFrames: FrameRecord;
  }
}

/** Runs in the page before its own scripts (and so refers to nothing outside): keeps how long frames and tasks take. */
export function recordFrames(): void {
  const record: FrameRecord = { frames: 0, long: [], worstMs: 0, tasks: [], from: 0 };
  window.sottoFrames = record;
  let last = performance.now();
  const frame = (now: number) => {
    const ms = now - last;
    last = now;
    record.frames += 1;
    record.worstMs = Math.max(record.worstMs, ms);
    if (ms > 50) record.long.push({ at: now, ms });
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const { startTime: at, duration: ms } of list.getEntries()) record.tasks.push({ at, ms });
  }).observe({ type: 'longtask' });
}

/** Runs in the page: counts from now on. */
export function beginFrames(): void {
  const record = window.sottoFrames;
  record.frames = 0;
  record.worstMs = 0;
  record.long.length = 0;
  record.tasks.length = 0;
  record.from = performance.now();
}
