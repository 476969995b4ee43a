import type { ConversationId, DeviceId } from '@sotto/protocol';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';
import { Serial } from './serial.js';

const REMOVING = 'removing/';
const OWED = 'bound/';
const THERE = Uint8Array.of(1);

/**
 * In which conversations this device is still to say how far a device counts that it removed from the account (SPEC X12):
 * remembered before the device is removed, so that no crash lets it speak on.
 */
export class OwedBounds {
  /** One conversation is worked on at a time: there may be hundreds. */
  readonly turns = new Serial();
  readonly #keys: KeyStore;
  /** Devices that this one is removing, or has removed. */
  readonly #removing = new Set<DeviceId>();
  readonly #owed = new Map<ConversationId, Set<DeviceId>>();
  readonly #since = new Map<ConversationId, number>();

  private constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  static async open(keys: KeyStore): Promise<OwedBounds> {
    const bounds = new OwedBounds(keys);
    for (const [key] of await keys.list(REMOVING))
      bounds.#removing.add(key.slice(REMOVING.length) as DeviceId);
    for (const [key] of await keys.list(OWED)) {
      const [, conversation, device] = key.split('/') as [string, ConversationId, DeviceId];
      bounds.#note(conversation, device);
    }
    return bounds;
  }

  get removing(): readonly DeviceId[] {
    return [...this.#removing];
  }

  /** Conversations in which something is owed. */
  conversations(): ConversationId[] {
    return [...this.#owed.keys()];
  }

  of(conversation: ConversationId): readonly DeviceId[] {
    return [...(this.#owed.get(conversation) ?? [])];
  }

  /** Whether a device is being removed, or is to be bounded somewhere still: what it gave before is taken in until then. */
  isLeaving(device: DeviceId): boolean {
    return this.#removing.has(device) || [...this.#owed.values()].some((devices) => devices.has(device));
  }

  /** This device is about to remove another. Durable when it resolves. */
  async intend(device: DeviceId): Promise<void> {
    await this.#keys.write([{ key: `${REMOVING}${device}`, value: THERE }]);
    this.#removing.add(device);
  }

  /** It is removed: it is to be bounded in all of these. Durable when it resolves. */
  async owe(conversations: readonly ConversationId[], device: DeviceId): Promise<void> {
    const owed = conversations.map((id): KeyWrite => ({ key: `${OWED}${id}/${device}`, value: THERE }));
    await this.#keys.write([...owed, { key: `${REMOVING}${device}`, value: undefined }]);
    this.#removing.delete(device);
    for (const conversation of conversations) this.#note(conversation, device);
  }

  /** Since when something is waited for in a conversation, milliseconds since 1970. */
  waitingSince(conversation: ConversationId, now: number): number {
    const since = this.#since.get(conversation) ?? now;
    this.#since.set(conversation, since);
    return since;
  }

  /** Nothing is owed any more in a conversation. */
  async settle(conversation: ConversationId): Promise<void> {
    this.#since.delete(conversation);
    const owed = this.of(conversation);
    if (owed.length === 0) return;
    await this.#keys.write(
      owed.map((device) => ({ key: `${OWED}${conversation}/${device}`, value: undefined })),
    );
    this.#owed.delete(conversation);
  }

  #note(conversation: ConversationId, device: DeviceId): void {
    const owed = this.#owed.get(conversation) ?? new Set();
    this.#owed.set(conversation, owed.add(device));
  }
}
