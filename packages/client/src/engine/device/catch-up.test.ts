import type { ConversationId, LogName } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testDevice } from '../testing/test-device.js';
import { wantedOf } from './catch-up.js';
import type { InboxReader } from './inbox-reader.js';

const test = suite('what is asked for');
const content = Uint8Array.of(1);

async function wanted(stored: readonly (readonly [segment: number, count: number])[], segment: number) {
  const device = await testDevice();
  const log = logName('m', randomId<ConversationId>());
  try {
    await device.context.messages.put(
      stored.flatMap(([at, count]) =>
        Array.from({ length: count }, (_, clock) => ({
          ...{ document: documentName(log, at), client: 5, clock, content },
        })),
      ),
    );
    const inbox = { log: 'i.none' as LogName } as InboxReader;
    const found = await wantedOf(device.context, inbox, log, { segment, count: 3 });
    return found.map(({ document }) => Number(document.split('.')[2]));
  } finally {
    await device.remove();
  }
}

test('[W5] newest first, back to what is here', async () => {
  assert.equal(await wanted([], 4), [4], 'nothing here: the rest on scroll');
  assert.equal(await wanted([[2, 1]], 4), [4, 3, 2]);
  assert.equal(await wanted([[0, 3]], 0), [], 'all of it is here');
});

test('[S7] the segment before the newest still takes what was on its way to it', async () => {
  const both = [
    [3, 2],
    [4, 3],
  ] as const;
  assert.equal(await wanted(both, 4), [3]);
  assert.equal(await wanted([[4, 1]], 4), [4], 'the past of it comes on scroll');
});

test.run();
