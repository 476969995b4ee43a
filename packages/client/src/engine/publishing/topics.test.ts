import type { ConversationId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConnectionSnapshot, TimelineSnapshot } from '../api/engine-api.js';
import { Topics } from './topics.js';

const test = suite('topics');
const one = randomId<ConversationId>();
const two = randomId<ConversationId>();
const snapshot = (queued: number): ConnectionSnapshot => ({ state: 'online', since: 1, queued, error: null });
const timeline = (conversation: ConversationId) => ({ conversation }) as TimelineSnapshot;

function topics() {
  const told: string[] = [];
  const made = new Topics(
    (name, argument) => told.push(`first ${name} ${argument}`),
    (name, argument) => told.push(`last ${name} ${argument}`),
  );
  return { made, told };
}

test('who begins to watch gets the newest snapshot at once, then every new one', () => {
  const { made } = topics();
  made.publish('connection', null, snapshot(1));
  made.publish('connection', null, snapshot(2));
  const seen: number[] = [];
  made.watch('connection', null, ({ queued }) => seen.push(queued));
  made.publish('connection', null, snapshot(3));
  assert.equal(seen, [2, 3]);
  assert.equal(made.last('connection', null), snapshot(3));
});

test('who begins before there is anything hears nothing until there is', () => {
  const { made } = topics();
  const seen: number[] = [];
  made.watch('connection', null, ({ queued }) => seen.push(queued));
  assert.equal(seen, []);
  made.publish('connection', null, snapshot(0));
  assert.equal(seen, [0]);
});

test('what says nothing new reaches nobody', () => {
  const { made } = topics();
  const seen: ConnectionSnapshot[] = [];
  made.watch('connection', null, (connection) => seen.push(connection));
  for (const queued of [1, 1, 2, 2, 1]) made.publish('connection', null, snapshot(queued));
  assert.equal(seen, [snapshot(1), snapshot(2), snapshot(1)]);
});

test('the first watcher begins a topic and the last one ends it, each argument for itself', () => {
  const { made, told } = topics();
  const stops = [
    made.watch('timeline', one, () => {}),
    made.watch('timeline', one, () => {}),
    made.watch('timeline', two, () => {}),
  ];
  assert.equal(told, [`first timeline ${one}`, `first timeline ${two}`]);
  assert.equal(made.watchedArguments('timeline'), [one, two]);
  stops[0]!();
  stops[0]!();
  assert.is(told.length, 2, 'leaving twice is leaving once');
  stops[1]!();
  assert.equal(told.slice(2), [`last timeline ${one}`]);
  assert.equal(made.watchedArguments('timeline'), [two]);
  made.watch('timeline', one, () => {});
  assert.is(told.at(-1), `first timeline ${one}`);
});

test('a snapshot goes to the watchers of its topic and argument alone', () => {
  const { made } = topics();
  const seen: string[] = [];
  made.watch('timeline', one, ({ conversation }) => seen.push(`one ${conversation}`));
  made.watch('timeline', two, ({ conversation }) => seen.push(`two ${conversation}`));
  made.publish('timeline', two, timeline(two));
  assert.equal(seen, [`two ${two}`]);
});

test('who stops while being told is told no more; who begins then gets the snapshot once', () => {
  const { made } = topics();
  const seen: string[] = [];
  const stop = made.watch('connection', null, ({ queued }) => {
    seen.push(`a${queued}`);
    stop();
    made.watch('connection', null, (again) => seen.push(`b${again.queued}`));
  });
  made.publish('connection', null, snapshot(1));
  made.publish('connection', null, snapshot(2));
  assert.equal(seen, ['a1', 'b1', 'b2']);
});

test('what was forgotten is not shown to who comes after, under one argument or all', () => {
  const { made } = topics();
  for (const conversation of [one, two]) made.publish('timeline', conversation, timeline(conversation));
  made.publish('connection', null, snapshot(1));
  made.forget('timeline', one);
  assert.equal([made.last('timeline', one), made.last('timeline', two)?.conversation], [undefined, two]);
  made.forget('timeline');
  const seen: unknown[] = [];
  made.watch('timeline', two, (shown) => seen.push(shown));
  assert.equal(seen, []);
  assert.equal(made.last('connection', null), snapshot(1));
});

test.run();
