import type { ErrorCode, LogName } from '@sotto/protocol';
import { documentName, logName, parseDocumentName } from '@sotto/protocol';
import { sealEnvelope } from '../../conversation/envelope.js';
import { eventHash } from '../../conversation/event.js';
import { type OwnChain, takeIterations } from '../../conversation/own-chain.js';
import type { KeyWrite } from '../../store/key-store.js';
import { envelopesIn } from '../../sync/incoming.js';
import type { Frozen, OutboxEntry } from '../../sync/outbox.js';
import { documentAt, type FeedPosition, following, type KnownHead } from '../../sync/own-feeds.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';

/** An event whose place and sealed bytes are decided. */
export type FrozenEntry = OutboxEntry & { readonly frozen: Frozen };

export function isFrozen(entry: OutboxEntry): entry is FrozenEntry {
  return entry.frozen !== null;
}

/**
 * Decides everything about queued events (epoch, segment, client id, clock, iteration, sealed bytes) and keeps it in one
 * write with the positions that follow, before the first byte leaves. All entries belong to one log.
 * @param under the own chain that seals them, and the state counter that stood before it was looked whether it may: should somebody
 * have been taken out since, the server refuses what was sealed
 */
export async function freeze(
  context: DeviceContext,
  room: Room,
  entries: readonly OutboxEntry[],
  under: { readonly chain: OwnChain; readonly counter: number },
): Promise<void> {
  const { feeds, clientIds, outbox } = context;
  const log = logName(entries[0]!.log, room.id);
  if (!clientIds.current) await context.freshClientId();
  const taken = takeIterations(under.chain, entries.length);
  const frozen: FrozenEntry[] = [];
  let head = await newestSegment(context, log);
  let moved: KeyWrite | undefined;
  try {
    for (const [index, entry] of entries.entries()) {
      const at = await feeds.next(log, head, clientIds.current!);
      frozen.push(
        await seal(context, room, entry, { ...under, iteration: taken.iteration + index, at, log }),
      );
      moved = feeds.moveTo(log, following(at, eventHash(entry.bytes)));
      head = grown(head, at.segment);
    }
    const kept = room.chains.keepOwn(taken.chain);
    await outbox.replace(frozen, [...(moved ? [moved] : []), ...kept.writes]);
    kept.done();
  } catch (error) {
    feeds.forget(log);
    throw error;
  }
}

async function seal(
  context: DeviceContext,
  room: Room,
  entry: OutboxEntry,
  place: { chain: OwnChain; counter: number; iteration: number; at: FeedPosition; log: LogName },
): Promise<FrozenEntry> {
  const { chain, counter, iteration, at, log } = place;
  const { segment, client, clock, seq, prev } = at;
  const own = await context.people.known(context.self.account);
  const stateHead = room.state.fold.head;
  const listVersion = own?.list.list.version ?? 0;
  const envelope = await sealEnvelope({
    chain,
    iteration,
    binding: { log: entry.log, segment, client, clock, seq, prev, stateHead, listVersion },
    event: entry.bytes,
  });
  const document = documentAt(log, at);
  const { epoch } = chain;
  return { ...entry, frozen: { document, client, clock, counter, epoch, iteration, seq, prev, envelope } };
}

/**
 * Takes frozen events back, so that the sequence of their feeds goes on where they began. What they were sealed with is
 * never used again: the caller has taken a fresh client id, and the chain stays where it is.
 * @param entries everything frozen of its log, or nothing of it: later ones follow on earlier ones
 * @param failed why an entry is given up; null when it will be frozen again
 */
export async function thaw(
  { feeds, outbox }: DeviceContext,
  room: Room,
  entries: readonly OutboxEntry[],
  failed: (entry: OutboxEntry) => ErrorCode | null,
): Promise<void> {
  const writes: KeyWrite[] = [];
  for (const log of ['m', 'r'] as const) {
    const first = entries.filter(isFrozen).find((entry) => entry.log === log);
    if (!first) continue;
    const { client, clock, seq, prev } = first.frozen;
    writes.push(feeds.moveTo(logName(log, room.id), { segment: segmentOf(first), client, clock, seq, prev }));
  }
  await outbox.replace(
    entries.map((entry) => ({ ...entry, frozen: null, failed: failed(entry) })),
    writes,
  );
}

/** The segment that a frozen event lies in. */
export function segmentOf({ frozen }: FrozenEntry): number {
  return parseDocumentName(frozen.document).document.segment;
}

/** The newest segment: what the server said, and what has come here since. */
async function newestSegment({ heads, incoming }: DeviceContext, log: LogName): Promise<KnownHead> {
  const head = heads.of(log);
  const here = envelopesIn(await incoming.vector(documentName(log, head.segment)));
  return { segment: head.segment, count: Math.max(head.count, here) };
}

function grown(head: KnownHead, segment: number): KnownHead {
  return segment > head.segment ? { segment, count: 1 } : { segment, count: head.count + 1 };
}
