import type { ConnectionEvents } from '../connection.js';

/** What a connection told, in order; each name with what came with it. */
export interface RecordingEvents extends ConnectionEvents {
  readonly told: { readonly [K in keyof ConnectionEvents]: Parameters<ConnectionEvents[K]>[] };
  /** Resolves when `event` was told of `count` times. */
  until(event: keyof ConnectionEvents, count: number): Promise<void>;
}

const WAIT_MS = 5_000;

export function recordingEvents(): RecordingEvents {
  const told: RecordingEvents['told'] = {
    state: [],
    welcome: [],
    cursor: [],
    head: [],
    update: [],
    notice: [],
    refused: [],
    sessionEnded: [],
    overtaken: [],
  };
  const record =
    <K extends keyof ConnectionEvents>(name: K) =>
    (...input: Parameters<ConnectionEvents[K]>) => {
      (told[name] as unknown[]).push(input);
    };
  return {
    told,
    state: record('state'),
    welcome: record('welcome'),
    cursor: record('cursor'),
    head: record('head'),
    update: record('update'),
    notice: record('notice'),
    refused: record('refused'),
    sessionEnded: record('sessionEnded'),
    overtaken: record('overtaken'),
    async until(event, count) {
      for (const deadline = Date.now() + WAIT_MS; told[event].length < count; ) {
        if (Date.now() > deadline) throw new Error(`${event} was told ${told[event].length} times`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
  };
}
