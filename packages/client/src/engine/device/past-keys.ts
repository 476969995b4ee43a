import type { ConversationId } from '@sotto/protocol';
import type { PastRecord } from '../../conversation/past-record.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Change } from '../room/room-chains.js';
import type { Sender } from './inbox-reader.js';
import type { PastJudging } from './past-judging.js';
import type { Rooms } from './rooms.js';

/** What was said before this account joined, as a member gives it: looked at by what is loaded once there is any. */
export class PastKeys {
  readonly #context: DeviceContext;
  readonly #load: () => Promise<PastJudging>;
  #judging: Promise<PastJudging> | undefined;

  /** @param aside runs a task while no inbox record is being worked on: both keep chains */
  constructor(context: DeviceContext, rooms: Rooms, aside: <T>(task: () => Promise<T>) => Promise<T>) {
    this.#context = context;
    this.#load = async () => new (await import('./past-judging.js')).PastJudging(context, rooms, aside);
  }

  async take(from: Sender, record: PastRecord): Promise<Change> {
    return (await this.#loaded()).take(from, record);
  }

  /** Judges what was kept of a conversation. */
  async install(conversation: ConversationId): Promise<void> {
    const kept = await this.#context.keys.list(`past/${conversation}/`);
    if (kept.length > 0) await (await this.#loaded()).install(conversation);
  }

  #loaded(): Promise<PastJudging> {
    this.#judging ??= this.#load().catch((error: unknown) => {
      this.#judging = undefined;
      throw error;
    });
    return this.#judging;
  }
}
