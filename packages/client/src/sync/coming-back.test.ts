import type { ConversationId, LogName } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type TemporaryStores, temporaryStores } from '../store/testing/temporary-stores.js';
import { ComingBack, type Resumed } from './coming-back.js';

const DAY_MS = 24 * 60 * 60_000;
const NONE = new Uint8Array();

interface Context {
  stores: TemporaryStores;
  clock: { now: number };
  asked: string[];
  complete: { is: boolean };
  left: LogName[];
  opened: ComingBack[];
  open: () => Promise<ComingBack>;
}

const test = suite<Context>('coming back');

test.before.each(async (context) => {
  context.stores = await temporaryStores();
  context.clock = { now: 1_700_000_000_000 };
  context.asked = [];
  context.complete = { is: true };
  context.left = [];
  context.opened = [];
  context.open = async () => {
    const back = await ComingBack.open({
      messages: context.stores.messages,
      now: () => context.clock.now,
      isComplete: () => context.complete.is,
      ask: () => void context.asked.push('cursor'),
      compare: () => void context.asked.push('everything'),
      left: () => context.left,
      guard: (work) => void work(),
    });
    context.opened.push(back);
    return back;
  };
});
test.after.each(async ({ opened, stores }) => {
  for (const back of opened) back.end();
  await stores.remove();
});

const cursor = (value: number) => Uint8Array.of(1, value);
const conversation = () => randomId<ConversationId>();
/** Lets what was kept in the background be kept. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
const nothing = async () => undefined;

/** Resolves when this cursor was adopted. */
async function adopted(back: ComingBack, value: number): Promise<void> {
  for (const end = Date.now() + 10_000; back.cursor()[1] !== value; await turn())
    if (Date.now() > end) throw new Error(`cursor ${value} was not adopted`);
}

/** Compares everything of these conversations, and adopts a cursor of it. */
async function compared(back: ComingBack, ids: readonly ConversationId[], value: number): Promise<void> {
  await back.during(async () => void back.begin(undefined, new Set(ids)));
  const logs = ids.map((id) => logName('s', id));
  back.subscribing(logs);
  for (const log of logs) back.answered(log);
  await back.during(async () => back.offer(cursor(value)));
  await adopted(back, value);
}

test('[C6] a device without a cursor compares everything, and asks for one once all of that has come', async ({
  open,
  asked,
}) => {
  const back = await open();
  const id = conversation();
  const document = documentName(logName('m', id), 0);
  assert.equal(back.cursor(), NONE);
  await back.during(async () => {
    assert.is(back.begin(undefined, new Set([id])), undefined);
    back.subscribing([logName('s', id)]);
  });
  assert.equal(asked, []);
  // The head has come, and says that something is to be asked for.
  const heard = back.during(async () => {
    await turn();
    back.asking(document);
  });
  back.answered(logName('s', id));
  await heard;
  await turn();
  assert.equal(asked, []);
  back.answered(document);
  await back.during(nothing);
  await turn();
  assert.equal(asked, ['cursor']);
  await back.during(async () => back.offer(cursor(7)));
  await adopted(back, 7);
  assert.equal((await open()).cursor(), cursor(7), 'also after a restart');
});

test('[C6] a cursor is adopted once what it stands for is stored, and not when that can not be', async ({
  open,
}) => {
  const back = await open();
  const id = conversation();
  await compared(back, [id], 1);
  const log = logName('m', id);
  const resumed: Resumed = { isAll: false, cursor: cursor(2), logs: [log] };
  await back.during(async () => assert.equal([...(back.begin(resumed, new Set([id])) ?? [])], [id]));
  await turn();
  assert.equal(back.cursor(), cursor(1), 'a head is to come');
  back.end();
  await back.during(nothing);
  await turn();
  assert.equal(back.cursor(), cursor(1), 'the connection ended before it came');
  await back.during(async () => void back.begin(resumed, new Set([id])));
  const failed = back.during(async () => {
    await turn();
    throw new Error('the disk is full');
  });
  back.answered(log);
  await failed.catch(() => undefined);
  await turn();
  assert.equal(back.cursor(), cursor(1), 'it came and was not stored');
  await back.during(async () => back.offer(cursor(3)));
  await turn();
  assert.equal(back.cursor(), cursor(1), 'nor does a later one count on this connection');
  back.end();
  await back.during(async () => void back.begin(resumed, new Set([id])));
  back.answered(log);
  await back.during(nothing);
  await adopted(back, 2);
});

test('[C6] it stands for the conversations that were followed, and for no other', async ({ open }) => {
  const back = await open();
  const [kept, left, lost] = [conversation(), conversation(), conversation()];
  await compared(back, [kept, left, lost], 1);
  const belongs = new Set([kept, lost, conversation()]);
  const resumed: Resumed = { isAll: false, cursor: cursor(2), logs: [] };
  await back.during(async () => {
    assert.equal(new Set(back.begin(resumed, belongs)), new Set([kept, lost]));
    back.lost(lost);
  });
  await adopted(back, 2);
  const again = await open();
  assert.equal([...(again.begin(resumed, new Set([kept, left, lost])) ?? [])], [kept]);
});

test('[C6] everything is compared once a day, when the server says so, and while the past is not here', async ({
  open,
  clock,
  complete,
}) => {
  const back = await open();
  const id = conversation();
  await compared(back, [id], 1);
  complete.is = false;
  assert.equal(back.cursor(), NONE);
  complete.is = true;
  clock.now += DAY_MS - 1;
  assert.equal(back.cursor(), cursor(1));
  const resumed: Resumed = { isAll: false, cursor: cursor(2), logs: [] };
  await back.during(async () => void back.begin(resumed, new Set([id])));
  await adopted(back, 2);
  clock.now += 1;
  assert.equal(back.cursor(), NONE, 'coming back is no comparison');
  const all: Resumed = { isAll: true, cursor: cursor(3), logs: [] };
  await back.during(async () => {
    assert.is(back.begin(all, new Set([id])), undefined);
    back.subscribing([logName('s', id)]);
  });
  await turn();
  assert.equal(back.cursor(), NONE);
  back.answered(logName('s', id));
  await back.during(nothing);
  await adopted(back, 3);
});

test('[C6] what nothing happened to is quiet until somebody asks; what was left is asked for by name', async ({
  open,
  left,
}) => {
  const back = await open();
  const id = conversation();
  left.push('i.me' as LogName);
  await compared(back, [id], 1);
  const [active, quiet] = [logName('m', id), logName('r', id)];
  const again = await open();
  assert.equal(again.left, ['i.me']);
  again.begin({ isAll: false, cursor: cursor(2), logs: [active] }, new Set([id]));
  again.leave([active, quiet]);
  assert.equal([again.isQuiet(active), again.isQuiet(quiet)], [false, true]);
  again.subscribing([quiet]);
  assert.is(again.isQuiet(quiet), false);
});

test.run();
