import type { AccountId, ConversationId, LogName } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProgressBook } from '../archive/progress.js';
import { testDevice } from '../testing/test-device.js';
import { testRoom } from '../testing/test-room.js';
import { ActivityHints } from './activity-hints.js';
import { Answers } from './answers.js';
import { AwaitedLog } from './awaited-log.js';

const test = suite('parts of reading the past');
const log: LogName = logName('k', randomId<AccountId>());
const documents = [0, 1].map((segment) => documentName(log, segment));
const MINUTE_MS = 60_000;

test('X17: a log is here once its head is known and all that was asked for is answered', () => {
  let times = 0;
  const awaited = new AwaitedLog(() => {
    times += 1;
  });
  awaited.answered(documents[0]!);
  assert.not.ok(awaited.isHere);
  awaited.asking(documents);
  awaited.answered(documents[1]!);
  assert.not.ok(awaited.isHere);
  awaited.answered(documents[0]!);
  assert.ok(awaited.isHere);
  assert.is(times, 1);
  awaited.begin();
  assert.not.ok(awaited.isHere, 'a new connection knows nothing yet');
  awaited.asking([]);
  assert.is(times, 2);
  awaited.asking([]);
  assert.is(times, 2, 'told of once');
});

test('U11: an answer comes to all who wait, or says that the connection ended or took too long', async () => {
  const answers = new Answers();
  const waiting = [answers.next(log, 5_000), answers.next(log, 5_000), answers.next(documents[0]!, 5_000)];
  assert.ok(answers.isAwaited(log));
  answers.came(log);
  assert.not.ok(answers.isAwaited(log));
  answers.end();
  assert.equal(await Promise.all(waiting), [true, true, false]);
  assert.is(await answers.next(log, 1), false);
  answers.came(log);
});

test('U11: how much of the past is here is remembered, and how far a log reached is said once', async () => {
  const device = await testDevice();
  const { messages } = device.context;
  const [one, other] = [randomId<ConversationId>(), randomId<ConversationId>()];
  const book = await ProgressBook.open(messages);
  assert.not.ok(book.isArchiveRead);
  await book.put(one, { state: 'new' });
  await book.put(one, { state: 'begun', next: 7 });
  await book.put(other, { state: 'complete' });
  await book.reached(one, 8, new Map([[5, 3]]));
  await book.reached(one, 9, new Map([[5, 30]]));
  await book.archiveRead();
  const again = await ProgressBook.open(messages);
  assert.equal([again.of(one), again.of(other)], [{ state: 'begun', next: 7 }, { state: 'complete' }]);
  assert.ok(again.isArchiveRead);
  const at = (segment: number, client: number, clock: number) =>
    again.isPast(one, { document: documentName(logName('m', one), segment), client, clock });
  assert.equal(
    [at(7, 99, 500), at(8, 5, 2), at(8, 5, 3), at(8, 6, 0), at(9, 5, 0)],
    [true, true, false, false, false],
  );
  await device.remove();
});

test('U11: activity is noted for what is not the newest and ten minutes behind, and never from the future', async () => {
  const now = 1_800_000_000_000;
  const device = await testDevice(() => now);
  const { accountLog, posts, summaries } = device.context;
  const rooms = [await testRoom(device), await testRoom(device), await testRoom(device)];
  const [first, second, third] = rooms.map(({ room }) => room.id) as [
    ConversationId,
    ConversationId,
    ConversationId,
  ];
  const said = (id: ConversationId, at: number) => {
    const { room } = rooms.find((one) => one.room.id === id)!;
    const kept = room.summary!;
    const author = { account: device.self.account, username: 'me' };
    summaries.put(id, { ...kept, last: { text: 'x', mine: true, author, at, mark: null } });
  };
  for (const { room } of rooms) await room.settle();
  const write = async (...ids: ConversationId[]) => {
    const hints = new ActivityHints(device.context, { patienceMs: 0, jitterMs: 0 });
    for (const id of ids) hints.changed(id);
    const before = posts.of(accountLog.log).length;
    await new Promise((resolve) => setTimeout(resolve, 400));
    hints.stop();
    return posts.of(accountLog.log).length - before;
  };
  said(first, now - 60 * MINUTE_MS);
  said(second, now - 30 * MINUTE_MS);
  said(third, now + 60 * MINUTE_MS);
  assert.is(await write(first, second, third), 2);
  assert.is(accountLog.activity(third), undefined);
  said(second, now);
  assert.is(await write(second), 0, 'it is the newest as it is');
  said(first, now - 55 * MINUTE_MS);
  assert.is(await write(first), 0, 'not far behind');
  said(first, now - 5 * MINUTE_MS);
  assert.is(await write(first), 1);
  assert.ok(accountLog.activity(first)! > accountLog.activity(second)!);
  await device.remove();
});

test.run();
