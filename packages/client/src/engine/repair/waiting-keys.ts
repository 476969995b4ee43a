import type { ConversationId, DeviceId } from '@sotto/protocol';
import type { DistributionId } from '../../conversation/fields.js';
import type { Waiting } from '../room/log-reader.js';

/** A chain that envelopes wait for. */
export interface WaitedFor {
  readonly conversation: ConversationId;
  readonly chain: DistributionId;
  /** Whose it is. */
  readonly device: DeviceId;
  /** Since when it is waited for here, milliseconds since 1970. */
  readonly since: number;
  readonly envelopes: number;
  /** Times that it was asked for, and when the next is due. */
  asked: number;
  due: number;
}

/** Before it is asked for the first time: it is most likely on its way. Then ever more rarely. Milliseconds. */
export const ASK_AFTER_MS = [3_000, 15_000, 60_000, 300_000, 1_800_000] as const;

/** Which chains are waited for, since when and by how many envelopes. */
export class WaitingKeys {
  readonly #conversations = new Map<ConversationId, Map<DistributionId, WaitedFor>>();

  /** What a conversation waits for now. @returns whether that is anything */
  set(conversation: ConversationId, waiting: readonly Waiting[], now: number): boolean {
    const known = this.#conversations.get(conversation);
    const next = new Map<DistributionId, WaitedFor>();
    for (const { distributionId: chain, device } of waiting) {
      const before = next.get(chain) ?? known?.get(chain);
      const envelopes = (next.get(chain)?.envelopes ?? 0) + 1;
      const { since = now, asked = 0, due = now + ASK_AFTER_MS[0] } = before ?? {};
      next.set(chain, { conversation, chain, device, since, envelopes, asked, due });
    }
    if (next.size > 0) this.#conversations.set(conversation, next);
    else this.#conversations.delete(conversation);
    return next.size > 0;
  }

  all(): WaitedFor[] {
    return [...this.#conversations.values()].flatMap((chains) => [...chains.values()]);
  }

  /** When the next is to be asked for; undefined when nothing is waited for. */
  nextDue(): number | undefined {
    const all = this.all();
    return all.length === 0 ? undefined : Math.min(...all.map(({ due }) => due));
  }

  /** It was asked for. */
  asked(wanted: readonly WaitedFor[], now: number): void {
    for (const one of wanted) {
      one.asked += 1;
      one.due = now + ASK_AFTER_MS[Math.min(one.asked, ASK_AFTER_MS.length - 1)]!;
    }
  }
}

/** Envelopes that wait, by conversation. */
export function countWaiting(waiting: readonly WaitedFor[]): Map<ConversationId, number> {
  const counts = new Map<ConversationId, number>();
  for (const { conversation, envelopes } of waiting)
    counts.set(conversation, (counts.get(conversation) ?? 0) + envelopes);
  return counts;
}
