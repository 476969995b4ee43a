import type { DeviceId } from '@sotto/protocol';
import { documentName, logName } from '@sotto/protocol';
import { eventHash } from '../../conversation/event.js';
import { type FeedEnd, MAX_FEEDS } from '../../conversation/state-body.js';
import { decodeStoredContent } from '../../conversation/stored-content.js';
import { feedKey } from '../../conversation/watermarks.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';

/**
 * The last message here of each feed of some devices, and the hash of its event: the latest feeds, should there be more than an
 * event names. Reads back only as far as feeds of theirs begin that nothing was found of.
 */
export async function feedEnds(
  { messages }: Pick<DeviceContext, 'messages'>,
  { id, chains }: Pick<Room, 'id' | 'chains'>,
  isOf: (device: DeviceId) => boolean,
): Promise<FeedEnd[]> {
  const log = logName('m', id);
  const looked = new Set(
    chains
      .all()
      .filter(({ device }) => isOf(device))
      .map(feedKey),
  );
  const ends = new Map<string, FeedEnd>();
  for (const segment of [...(await messages.segments(log))].reverse()) {
    if ([...looked].every((key) => ends.has(key))) break;
    for (const { content } of await messages.segment(documentName(log, segment))) {
      const stored = decodeStoredContent(content);
      if (stored.status !== 'open' || !isOf(stored.device)) continue;
      const { device, generation, seq, event } = stored;
      const known = ends.get(feedKey(stored));
      if (!known || known.seq < seq)
        ends.set(feedKey(stored), { device, generation, seq, hash: eventHash(event) });
    }
  }
  return [...ends.values()].slice(0, MAX_FEEDS);
}
