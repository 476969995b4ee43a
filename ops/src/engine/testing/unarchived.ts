import type { DeviceStores } from '@sotto/client/store/node';
import { decodeArchiveEntry } from '@sotto/client/testing/engine';
import type { AccountId, LogName } from '@sotto/protocol';
import { documentName, logName } from '@sotto/protocol';

const CHAINS = 'chain/in/';

/** What this device can read by and has not seen in its account's archive: distribution ids. */
export async function unarchived({ keys, messages }: DeviceStores, account: AccountId): Promise<string[]> {
  const log: LogName = logName('k', account);
  const archived = new Set<string>();
  for (const segment of await messages.segments(log)) {
    for (const { content } of await messages.segment(documentName(log, segment))) {
      const entry = decodeArchiveEntry(content);
      if (entry.status === 'chain') archived.add(entry.id);
    }
  }
  const chains = (await keys.list(CHAINS)).map(([key]) => key.split('/').at(-1)!);
  return chains.filter((id) => !archived.has(id));
}
