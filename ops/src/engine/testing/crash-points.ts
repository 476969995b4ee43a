import type { DeviceStores } from '@sotto/client/store/node';

/** Where in a device's life it dies: at which of its writes, and on which side of it. */
export interface CrashPoint {
  /** From 1. */
  readonly write: number;
  readonly side: 'before' | 'after';
}

/**
 * Stands between a device and its stores. It counts the writes, and at one of them the device is dead: nothing it began
 * ever ends, and nothing more is written or read.
 */
export class CrashingStores {
  /** What was written, in order. */
  readonly writes: string[] = [];
  readonly #point: CrashPoint | undefined;
  readonly #died: () => void;
  #dead = false;
  #inner: DeviceStores | undefined;

  constructor(point: CrashPoint | undefined, died: () => void) {
    this.#point = point;
    this.#died = died;
  }

  /** For `openNodeProfiles`. */
  readonly through = (stores: DeviceStores): DeviceStores => {
    this.#inner = stores;
    const { keys, messages } = stores;
    const write = (about: string, action: () => Promise<void>) => this.#write(about, action);
    const read = <T>(action: () => Promise<T>): Promise<T> => this.#whileAlive(action);
    return {
      keys: {
        get: (key) => read(() => keys.get(key)),
        list: (prefix) => read(() => keys.list(prefix)),
        write: (batch) =>
          write(`keys ${batch.map(({ key }) => family(key)).join(' ')}`, () => keys.write(batch)),
        close: () => read(() => keys.close()),
        destroy: () => read(() => keys.destroy()),
      },
      messages: {
        put: (envelopes) =>
          envelopes.length === 0
            ? read(() => messages.put(envelopes))
            : write(`messages ${envelopes.length}`, () => messages.put(envelopes)),
        putFresh: (envelopes) => write(`messages ${envelopes.length}`, () => messages.putFresh(envelopes)),
        segment: (document) => read(() => messages.segment(document)),
        stateVector: (document) => read(() => messages.stateVector(document)),
        segments: (log) => read(() => messages.segments(log)),
        record: (key) => read(() => messages.record(key)),
        records: (prefix) => read(() => messages.records(prefix)),
        putRecord: (key, value) => write(`record ${family(key)}`, () => messages.putRecord(key, value)),
        removeRecord: (key) => write(`record ${family(key)}`, () => messages.removeRecord(key)),
        close: () => read(() => messages.close()),
        destroy: () => read(() => messages.destroy()),
      },
    };
  };

  /** What is stored now, for a test to look at. */
  get stored(): DeviceStores | undefined {
    return this.#inner;
  }

  /** What the end of a process does: lets go of the files. */
  async release(): Promise<void> {
    await this.#inner?.keys.close();
    await this.#inner?.messages.close();
  }

  async #write(about: string, action: () => Promise<void>): Promise<void> {
    if (this.#dead) return never();
    this.writes.push(about);
    const isHere = this.writes.length === this.#point?.write;
    if (isHere && this.#point?.side === 'before') return this.#die();
    await this.#whileAlive(action);
    if (isHere) return this.#die();
  }

  /** What was under way when the device died never ends, whatever became of it as the files were let go of. */
  async #whileAlive<T>(action: () => Promise<T>): Promise<T> {
    if (this.#dead) return never();
    try {
      const result = await action();
      return this.#dead ? never() : result;
    } catch (error) {
      if (this.#dead) return never();
      throw error;
    }
  }

  #die(): Promise<never> {
    this.#dead = true;
    this.#died();
    return never();
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}

/** The part of a key that says what it is of. */
function family(key: string): string {
  return key.split('/')[0]!;
}
