/** Consecutive numbers that were seen. */
interface Range {
  from: number;
  to: number;
  /** When the event at {@link from} was said, milliseconds since 1970. */
  at: number;
}

/** Numbers that are missing between two that were seen. */
export interface Gap {
  /** The first that is missing. */
  readonly seq: number;
  /** When the event after the gap was said, milliseconds since 1970. */
  readonly at: number;
}

/** Which sequence numbers of one feed are here, in whatever order they came. */
export class Sequences {
  /** Ascending, with something missing between any two. */
  readonly #ranges: Range[] = [];

  /** Highest that is here, -1 for none. */
  get last(): number {
    return this.#ranges.at(-1)?.to ?? -1;
  }

  add(seq: number, at: number): void {
    const ranges = this.#ranges;
    let index = ranges.length;
    while (index > 0 && ranges[index - 1]!.from > seq) index -= 1;
    const [before, after] = [ranges[index - 1], ranges[index]];
    if (before && seq <= before.to) return;
    const [follows, precedes] = [before?.to === seq - 1, after?.from === seq + 1];
    if (follows && precedes) {
      before!.to = after!.to;
      ranges.splice(index, 1);
    } else if (follows) before!.to = seq;
    else if (precedes) Object.assign(after!, { from: seq, at });
    else ranges.splice(index, 0, { from: seq, to: seq, at });
  }

  has(seq: number): boolean {
    return this.#ranges.some(({ from, to }) => from <= seq && seq <= to);
  }

  /** What is missing between the lowest and the highest. */
  gaps(): Gap[] {
    return this.#ranges.slice(1).map(({ at }, index) => ({ seq: this.#ranges[index]!.to + 1, at }));
  }
}
