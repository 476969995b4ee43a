import type { ConversationId } from '@sotto/protocol';
import type { DeviceContext } from '../context/device-context.js';

/** A conversation's hint is this much behind before it is renewed, milliseconds. */
const COARSE_MS = 10 * 60_000;
/** Own devices that heard the same leave it to one of them: each waits this long, and at most so much more. */
const WAITS = { patienceMs: 1_000, jitterMs: 4_000 };

/**
 * Notes in the account log when something was said last in each conversation, roughly: a new device reads them in that
 * order. A conversation that is the newest already needs no note.
 */
export class ActivityHints {
  readonly #context: DeviceContext;
  readonly #waits: typeof WAITS;
  readonly #changed = new Set<ConversationId>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: DeviceContext, waits: typeof WAITS = WAITS) {
    this.#context = context;
    this.#waits = waits;
  }

  /** Something changed in a conversation. */
  changed(id: ConversationId): void {
    if (!this.#isBehind(id)) return;
    this.#changed.add(id);
    const write = () => this.#context.guard(() => this.#write());
    const { patienceMs, jitterMs } = this.#waits;
    this.#timer ??= setTimeout(write, patienceMs + Math.random() * jitterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #isBehind(id: ConversationId): boolean {
    const { accountLog, now, summaries } = this.#context;
    const at = summaries.get(id)?.last?.at ?? 0;
    const noted = accountLog.activity(id);
    if (at > now() + COARSE_MS || (noted !== undefined && at - noted < COARSE_MS)) return false;
    return at > 0 && (noted === undefined || noted < accountLog.newestActivity());
  }

  async #write(): Promise<void> {
    this.#timer = undefined;
    const { accountLog, connection, sendPosts, summaries } = this.#context;
    const behind = [...this.#changed].filter((id) => this.#isBehind(id));
    this.#changed.clear();
    for (const id of behind) await accountLog.setActivity(id, summaries.get(id)!.last!.at);
    if (behind.length > 0 && connection.state === 'online') await sendPosts(accountLog.log);
  }
}
