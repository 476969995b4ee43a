import type { ConversationId } from '@sotto/protocol';
import { toBase64url } from '@sotto/protocol';
import { openPreviousKey, stateKeyId } from '../../conversation/state-envelope.js';
import type { StateEvent } from '../../conversation/state-event.js';

/** The state keys of one conversation: those that were given, and those that they open (SPEC X11). */
export class StateKeyring {
  readonly #conversation: ConversationId;
  readonly #keys = new Map<string, Uint8Array>();
  /** Rotations that did not open yet, by the id of the key that does. */
  readonly #rotations = new Map<string, { readonly epoch: number; readonly previous: Uint8Array }[]>();

  constructor(conversation: ConversationId) {
    this.#conversation = conversation;
  }

  all(): Uint8Array[] {
    return [...this.#keys.values()];
  }

  /** @param id key id (SPEC X10) */
  get(id: Uint8Array): Uint8Array | undefined {
    return this.#keys.get(toBase64url(id));
  }

  /** @returns whether there is a key that was not here before */
  async add(keys: readonly Uint8Array[]): Promise<boolean> {
    const fresh = keys.filter((key) => !this.#keys.has(nameOf(key)));
    for (const key of fresh) this.#keys.set(nameOf(key), key);
    for (const key of fresh) await this.#openWith(key);
    return fresh.length > 0;
  }

  /** Learns the key before the one that an event brings, now or when that one comes. @returns as {@link add} */
  async learn(event: StateEvent): Promise<boolean> {
    if (event.type !== 'epoch' && event.type !== 'remove') return false;
    const { epoch, key } = event.body;
    const id = toBase64url(key.id);
    const rotation = { epoch, previous: key.previous };
    this.#rotations.set(id, [...(this.#rotations.get(id) ?? []), rotation]);
    const known = this.#keys.get(id);
    const before = this.#keys.size;
    if (known) await this.#openWith(known);
    return this.#keys.size > before;
  }

  async #openWith(key: Uint8Array): Promise<void> {
    const name = nameOf(key);
    const rotations = this.#rotations.get(name) ?? [];
    this.#rotations.delete(name);
    for (const { epoch, previous } of rotations) {
      const conversation = this.#conversation;
      const opened = await openPreviousKey({ key, sealed: previous, conversation, epoch });
      if (opened) await this.add([opened]);
    }
  }
}

function nameOf(key: Uint8Array): string {
  return toBase64url(stateKeyId(key));
}
