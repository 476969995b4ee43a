import type { ConversationId, DocumentName, LogName } from '@sotto/protocol';
import { documentName, LIMITS, logName, parseDocumentName, parseLogName } from '@sotto/protocol';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import type { InboxReader } from './inbox-reader.js';

/** What follows from a head, once known. */
interface Wanted {
  readonly document: DocumentName;
  readonly have: ReadonlyMap<number, number>;
}

/** The logs of a conversation that a device follows. */
export function conversationLogs(id: ConversationId): LogName[] {
  return (['s', 'm', 'r'] as const).map((kind) => logName(kind, id));
}

/** Subscribes in pieces that one frame may carry. */
export function subscribeAll(context: DeviceContext, logs: readonly LogName[]): void {
  for (let at = 0; at < logs.length; at += LIMITS.subscriptions)
    context.connection.subscribe(logs.slice(at, at + LIMITS.subscriptions));
}

/**
 * What to ask for, given the newest segment of a log: newest first, so that what people look at comes first.
 * Messages are filled up to what is here; with nothing here, only the newest segment is asked for, the rest on scroll.
 */
export async function wantedOf(
  context: DeviceContext,
  inbox: InboxReader,
  log: LogName,
  head: { readonly segment: number; readonly count: number },
): Promise<Wanted[]> {
  if (head.count === 0 && head.segment === 0) {
    // Nothing is missing of it, and nothing will be on this connection.
    if (parseLogName(log).log.kind === 'm') await context.catchingUp.asking(log, []);
    return [];
  }
  const from = await firstWanted(context, log, head.segment);
  const wanted: Wanted[] = [];
  for (let segment = head.segment; segment >= from; segment -= 1) {
    const document = documentName(log, segment);
    const have = log === inbox.log ? await inbox.vector(document) : await context.incoming.vector(document);
    if (segment === head.segment && envelopesIn(have) >= head.count) continue;
    if (segment < head.segment && envelopesIn(have) >= LIMITS.segmentHard) continue;
    wanted.push({ document, have });
  }
  if (parseLogName(log).log.kind === 'm')
    await context.catchingUp.asking(
      log,
      wanted.map(({ document }) => parseDocumentName(document).document.segment),
    );
  return wanted;
}

async function firstWanted(context: DeviceContext, log: LogName, newest: number): Promise<number> {
  const { kind } = parseLogName(log).log;
  // Receipts are cumulative: the newest two segments say all that the older ones said.
  if (kind === 'r') return Math.max(0, newest - 1);
  if (kind !== 'm') return 0;
  const here = await context.messages.segments(log);
  const last = here.at(-1);
  const behind = await context.catchingUp.behind(log);
  // The one before the newest still takes what was on its way to it (SPEC S7).
  const closing = here.includes(newest - 1) ? newest - 1 : newest;
  return Math.min(last ?? newest, behind ?? newest, closing);
}
