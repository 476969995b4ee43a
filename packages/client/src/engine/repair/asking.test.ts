import { type ConversationId, type DeviceId, documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { distributionId } from '../../conversation/chain.js';
import type { Waiting } from '../room/log-reader.js';
import type { Room } from '../room/room.js';
import { testDevice } from '../testing/test-device.js';
import { Asking, OVERDUE_MS } from './asking.js';
import { ASK_AFTER_MS, countWaiting } from './waiting-keys.js';

const test = suite('asking for keys');
const id = randomId<ConversationId>();
const device = randomId<DeviceId>();

function waiting(clock: number): Waiting {
  const position = { document: documentName(logName('m', id), 0), client: 7, clock };
  return {
    position,
    device,
    distributionId: distributionId({ conversation: id, device, epoch: 0, generation: 1 }),
  };
}

/** The part of a room that asking looks at. */
const roomWith = (...envelopes: Waiting[]) => ({ id, history: { waiting: envelopes } }) as unknown as Room;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    assert.ok(tries < 500);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('U8: what has waited for five minutes is told of once; a conversation that waits is read again by the next process', async () => {
  let now = 1_000_000;
  const { context, remove } = await testDevice(() => now);
  const told: [ConversationId, number][][] = [];
  const read: ConversationId[] = [];
  const asker = {
    context,
    members: () => [],
    read: async (conversation: ConversationId) => void read.push(conversation),
    overdue: (late: Parameters<typeof countWaiting>[0]) => void told.push([...countWaiting(late)]),
  };
  const asking = new Asking(asker);
  await asking.begin();
  asking.roomChanged(roomWith(waiting(0), waiting(1)));
  assert.equal([read, told], [[], []]);
  now += ASK_AFTER_MS[0];
  asking.roomChanged(roomWith(waiting(0), waiting(1)));
  await until(async () => (await context.messages.records('waits/')).length === 1);
  now += OVERDUE_MS;
  asking.roomChanged(roomWith(waiting(0), waiting(1), waiting(2)));
  await until(() => told.length > 0);
  asking.roomChanged(roomWith(waiting(0), waiting(1), waiting(2)));
  asking.stop();
  assert.equal(told, [[[id, 3]]]);
  assert.is(context.overdueChains.size, 1, 'details count by it');

  const next = new Asking(asker);
  await next.begin();
  assert.equal(read, [id]);
  next.roomChanged(roomWith());
  await until(async () => (await context.messages.records('waits/')).length === 0);
  next.stop();
  await remove();
});

test.run();
