/** Last turn taken for each store and key. */
const turns = new WeakMap<object, Map<string, Promise<unknown>>>();

/**
 * Runs `action` once every earlier one for this store and key has ended, however many ciphers share the store. Reading a
 * record, stepping its chain and writing it back must not interleave, or two messages share a key.
 */
export function inTurn<T>(store: object, key: string, action: () => Promise<T>): Promise<T> {
  const queue = turns.get(store) ?? new Map<string, Promise<unknown>>();
  turns.set(store, queue);
  const result = (queue.get(key) ?? Promise.resolve()).then(action);
  const ended = result
    .catch(() => undefined)
    .then(() => {
      if (queue.get(key) === ended) queue.delete(key);
    });
  queue.set(key, ended);
  return result;
}
