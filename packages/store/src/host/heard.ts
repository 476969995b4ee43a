/** Keys remembered of claims that a server was sent and did not say it heard of. */
const REMEMBERED = 16_384;

/**
 * Which claims a server was told of, and which of them it may not have heard of yet: what is asked in the moment of
 * writing holds only if the server knew of every claim that could change its mind.
 */
export class Heard {
  #keys: string[] = [];
  /** How many were sent before the first of {@link #keys}. */
  #before = 0;

  /** A claim is sent. */
  sent(key: string): void {
    this.#keys.push(key);
    if (this.#keys.length < 2 * REMEMBERED) return;
    this.#before += this.#keys.length - REMEMBERED;
    this.#keys = this.#keys.slice(-REMEMBERED);
  }

  /** The server has taken in so many; they need not be remembered. */
  heard(count: number): void {
    if (count - this.#before < REMEMBERED) return;
    this.#keys = this.#keys.slice(count - this.#before);
    this.#before = count;
  }

  /**
   * Whether nothing that matters was sent after the first `count` claims.
   * @param prefixes of the claims that matter; every claim when there are none
   */
  isCurrent(count: number, prefixes: readonly string[]): boolean {
    if (count < this.#before) return false;
    for (let index = count - this.#before; index < this.#keys.length; index += 1) {
      const key = this.#keys[index]!;
      if (prefixes.length === 0 || prefixes.some((prefix) => key.startsWith(prefix))) return false;
    }
    return true;
  }
}
