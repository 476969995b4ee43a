import type { TimelineItem, TimelineSnapshot } from '@sotto/client';
import type { AccountId, ConversationId, EventId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConversationViewModel } from './conversation.js';
import { ManualEngine, settle, testPlatform } from './testing/platform.js';

const conversation = 'noorAAAAAAAAAAAAAAAAAA' as ConversationId;
const noor = { account: 'noor' as AccountId, username: 'noor' };
const item = (id: string): TimelineItem => ({
  kind: 'message',
  id: id as EventId,
  author: noor,
  mine: false,
  at: new Date(2026, 4, 7, 10, 0).getTime(),
  text: id,
  mark: null,
  error: null,
});

function setUp(more: Partial<TimelineSnapshot> = {}) {
  const engine = new ManualEngine();
  const platform = testPlatform({ name: 'conversation', id: conversation });
  const model = new ConversationViewModel({ engine, platform }, conversation);
  const snapshot: TimelineSnapshot = {
    conversation,
    items: [item('e1'), item('e2')],
    hasOlder: true,
    unreadFrom: 'e2' as EventId,
    unread: 1,
    draft: '',
    kind: 'direct',
    name: 'noor',
    peer: noor,
    members: 2,
    standing: 'accepted',
    member: true,
    held: null,
    gone: false,
    ...more,
  };
  engine.tell('timeline', snapshot);
  return { engine, platform, model, snapshot };
}
const read = (engine: ManualEngine) =>
  engine.asked.filter(({ name }) => name === 'markRead').map(({ input }) => input);

const test = suite('conversation');

test('U7 what was on screen is told as read, once', () => {
  const { engine, model } = setUp();
  model.see('e2' as EventId);
  model.see('e2' as EventId);
  assert.equal(read(engine), [{ conversation, event: 'e2' }]);
});

test('U7 nothing is read while nobody is in front of the screen, and it is when they come back', () => {
  const { engine, model, platform } = setUp();
  platform.window.attended = false;
  model.see('e2' as EventId);
  assert.equal(read(engine), []);
  platform.window.attended = true;
  platform.window.tell();
  assert.equal(read(engine), [{ conversation, event: 'e2' }]);
});

test('U7 scrolling back up takes nothing back', () => {
  const { engine, model } = setUp();
  model.see('e2' as EventId);
  model.see('e1' as EventId);
  assert.equal(read(engine), [{ conversation, event: 'e2' }]);
});

test('U9 a stranger learns nothing before they are accepted', () => {
  const { engine, model, snapshot } = setUp({ standing: 'request' });
  model.see('e2' as EventId);
  assert.equal(read(engine), []);
  engine.tell('timeline', { ...snapshot, standing: 'accepted' });
  assert.equal(read(engine), [{ conversation, event: 'e2' }]);
});

test('the unread line keeps its place and count while more arrives and all is read', () => {
  const { engine, model, snapshot } = setUp();
  engine.tell('timeline', {
    ...snapshot,
    items: [...snapshot.items, item('e3')],
    unread: 0,
    unreadFrom: null,
  });
  const line = model.rows.find((row) => row.kind === 'unread');
  assert.is(line?.kind === 'unread' && line.label, '1 new');
  assert.is(model.rows.indexOf(line!), 2);
});

test('U6 older messages are asked for one request at a time', async () => {
  const { engine, model } = setUp();
  const first = model.loadOlder();
  const second = model.loadOlder();
  assert.is(model.loadingOlder, true);
  await Promise.all([first, second]);
  assert.equal(engine.names(), ['loadOlder']);
  assert.is(model.loadingOlder, false);
});

test('U6 where older ones cannot be had now, it can be tried again', async () => {
  const { engine, model } = setUp();
  engine.answers.loadOlder = () => {
    throw new ProtocolError('service/unavailable');
  };
  await model.loadOlder();
  await model.loadOlder();
  assert.is(engine.names().length, 2);
});

test('U13 declining or blocking leaves the conversation, accepting stays', async () => {
  const { model, platform } = setUp({ standing: 'request' });
  await model.answer('accept');
  assert.equal(platform.history.slice(1), []);
  await model.answer('decline');
  assert.equal(platform.history.slice(1), ['/']);
});

test('U13 an answer that did not get through says so and stays', async () => {
  const { engine, model, platform } = setUp({ standing: 'request' });
  engine.answers.answerRequest = () => {
    throw new ProtocolError('service/unavailable');
  };
  await model.answer('block');
  assert.ok(model.problem);
  assert.equal(platform.history.slice(1), []);
});

test('leaving it ends its watch and saves its draft', async () => {
  const { engine, model } = setUp();
  model.composer.write('half a th');
  model.dispose();
  await settle();
  assert.is(engine.watched('timeline'), 0);
  assert.equal(engine.names(), ['saveDraft']);
});

test.run();
