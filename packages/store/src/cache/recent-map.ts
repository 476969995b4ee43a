/**
 * A bounded map that forgets what was used longest ago. For caches: whoever reads must be able to do without. Uses are counted
 * once it is half full: before, nothing is about to be forgotten, and every use would cost two changes of a map.
 */
export class RecentMap<Key, Value> {
  readonly #entries = new Map<Key, { value: Value; weight: number }>();
  readonly #most: number;
  readonly #weigh: (value: Value) => number;
  #weight = 0;

  /**
   * @param most total weight above which entries are forgotten; the newest entry always stays
   * @param weigh weight of one value when it is set; 1 unless told
   */
  constructor(most: number, weigh: (value: Value) => number = () => 1) {
    this.#most = most;
    this.#weigh = weigh;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (!this.#isRoomy) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    return entry.value;
  }

  set(key: Key, value: Value): void {
    const weight = this.#weigh(value);
    const entry = this.#entries.get(key);
    if (entry?.value === value && entry.weight === weight && this.#isRoomy) return;
    this.delete(key);
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#most || this.#entries.size === 1) return;
      this.delete(oldest);
    }
  }

  get #isRoomy(): boolean {
    return this.#weight * 2 < this.#most;
  }

  delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }

  /** Everything remembered, what was used longest ago first. */
  *entries(): Iterable<[Key, Value]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }
}
