type Name = string | symbol;
type Listener = (...values: unknown[]) => void;

interface Entry {
  readonly listener: Listener;
  readonly once: boolean;
  fired?: boolean;
}

/**
 * In place of the `events` polyfill: of Node's EventEmitter what PouchDB calls. Listeners run in order, those of the moment
 * of the event; an error that nobody listens for is thrown.
 */
class EventEmitter {
  /** Not private, and missing in what is made without the constructor, as PouchDB makes its instances. */
  _entries? = new Map<Name, readonly Entry[]>();

  on(name: Name, listener: Listener): this {
    return put(this, name, [...entries(this, name), { listener, once: false }]);
  }

  once(name: Name, listener: Listener): this {
    return put(this, name, [...entries(this, name), { listener, once: true }]);
  }

  /** Takes out the newest entry of a listener. */
  removeListener(name: Name, listener: Listener): this {
    const at = entries(this, name).findLastIndex((entry) => entry.listener === listener);
    const others = entries(this, name).filter((_, index) => index !== at);
    return put(this, name, others);
  }

  removeAllListeners(name?: Name): this {
    if (name === undefined) this._entries?.clear();
    else this._entries?.delete(name);
    return this;
  }

  emit(name: Name, ...values: unknown[]): boolean {
    const heard = entries(this, name);
    if (heard.length === 0 && name === 'error') throw values[0];
    for (const entry of heard) {
      if (entry.fired) continue;
      if (entry.once) fire(this, name, entry);
      entry.listener.apply(this, values);
    }
    return heard.length > 0;
  }

  listeners(name: Name): Listener[] {
    return entries(this, name).map(({ listener }) => listener);
  }

  listenerCount(name: Name): number {
    return entries(this, name).length;
  }
}

function entries(emitter: EventEmitter, name: Name): readonly Entry[] {
  return emitter._entries?.get(name) ?? [];
}

/** Marked as well, since an event within an event goes by the list of the outer one. */
function fire(emitter: EventEmitter, name: Name, fired: Entry): void {
  fired.fired = true;
  put(
    emitter,
    name,
    entries(emitter, name).filter((entry) => entry !== fired),
  );
}

function put<E extends EventEmitter>(emitter: E, name: Name, changed: readonly Entry[]): E {
  emitter._entries ??= new Map();
  emitter._entries.set(name, changed);
  return emitter;
}

// PouchDB copies them by what is enumerable.
for (const name of Object.getOwnPropertyNames(EventEmitter.prototype))
  if (name !== 'constructor') Object.defineProperty(EventEmitter.prototype, name, { enumerable: true });

// biome-ignore lint/style/noDefaultExport: PouchDB imports it so.
export default EventEmitter;
