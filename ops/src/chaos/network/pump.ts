import type { Socket } from 'node:net';

export interface PumpRules {
  /** Milliseconds that what comes now takes. */
  delay(): number;
  isHeld(): boolean;
  /** What was said was broken off. */
  torn(): void;
}

/** Beyond so many bytes on the way, no more is taken in. */
const MOST = 1024 * 1024;

/** Passes bytes on in their order: later, not now, or not to their end. */
export class Pump {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #rules: PumpRules;
  readonly #queue: { readonly due: number; readonly chunk: Buffer }[] = [];
  #bytes = 0;
  #tears = false;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, rules: PumpRules) {
    this.#from = from;
    this.#to = to;
    this.#rules = rules;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.once('close', () => {
      this.#ended = true;
      this.flow();
    });
    to.on('drain', () => this.flow());
    to.once('close', () => clearTimeout(this.#timer));
    from.resume();
  }

  /** Breaks off in the middle of what comes next. */
  tear(): void {
    this.#tears = true;
  }

  /** Passes on what is due. */
  flow(): void {
    clearTimeout(this.#timer);
    if (this.#rules.isHeld() || this.#to.destroyed) return;
    for (let [first] = this.#queue; first; [first] = this.#queue) {
      const left = first.due - performance.now();
      if (left > 0) {
        this.#timer = setTimeout(() => this.flow(), left);
        return;
      }
      if (this.#to.writableNeedDrain) return;
      this.#queue.shift();
      this.#bytes -= first.chunk.length;
      if (!this.#write(first.chunk)) return;
    }
    if (this.#ended) this.#to.destroySoon();
    else if (this.#from.isPaused() && this.#bytes < MOST) this.#from.resume();
  }

  #take(chunk: Buffer): void {
    this.#queue.push({ due: performance.now() + this.#rules.delay(), chunk });
    this.#bytes += chunk.length;
    if (this.#bytes >= MOST) this.#from.pause();
    this.flow();
  }

  /** @returns false when that was the end of it */
  #write(chunk: Buffer): boolean {
    if (!this.#tears) {
      this.#to.write(chunk);
      return true;
    }
    this.#to.write(chunk.subarray(0, chunk.length >> 1), () => this.#rules.torn());
    return false;
  }
}
