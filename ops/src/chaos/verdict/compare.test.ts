import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Line } from '../clients/messages.js';
import { compareStore, compareViews, isClean, together, type View } from './compare.js';
import { Journal } from './journal.js';

const test = suite('verdict of a chaos run');

const line = (label: string, options: Partial<Line> = {}): Line => ({
  ...{ kind: 'message', id: `id of ${label}`, text: `${label} ...`, mark: null },
  ...options,
});
const view = (client: number, ...lines: readonly Line[]): View => ({
  ...{ client, conversation: 0, lines, name: 'name 1' },
});

function journalOf(...labels: readonly string[]): Journal {
  const journal = new Journal();
  for (const label of labels) {
    journal.written.set(label, 0);
    journal.queued.add(label);
  }
  return journal;
}

test('what was promised and is everywhere once, in one order, is well', () => {
  const lines = [line('w0'), line('w1')];
  assert.ok(isClean(compareViews(journalOf('w0', 'w1'), [view(0, ...lines), view(1, ...lines)])));
});

test('what was promised and is missing on one device is lost; what was not promised may be missing', () => {
  const found = compareViews(journalOf('w0', 'w1'), [view(0, line('w0'), line('w1')), view(1, line('w0'))]);
  assert.equal([...found.lost], ['w1']);
  const journal = journalOf('w0');
  journal.written.set('w1', 0);
  assert.ok(isClean(compareViews(journal, [view(0, line('w0')), view(1, line('w0'))])));
  journal.hear({ told: 'sent', client: 0, texts: ['w1 ...'] });
  assert.equal([...compareViews(journal, [view(0, line('w0'))]).lost], ['w1'], 'it was sent');
});

test('what one device shows twice is doubled, under one id or two', () => {
  const twice = [line('w0'), line('w0', { id: 'another' })];
  assert.equal([...compareViews(journalOf('w0'), [view(0, ...twice)]).doubled], ['w0']);
  assert.equal([...compareViews(journalOf('w0'), [view(0, line('w0'), line('w0'))]).doubled], ['w0']);
});

test('another order, something that can not be shown, and what never left are divergences', () => {
  const journal = journalOf('w0', 'w1');
  const [one, other] = [line('w0'), line('w1')];
  assert.is(compareViews(journal, [view(0, one, other), view(1, other, one)]).diverged.size, 1);
  for (const kind of ['waiting', 'missing', 'unreadable'])
    assert.is(compareViews(journal, [view(0, one, other, line('', { kind }))]).diverged.size, 1, kind);
  for (const mark of ['queued', 'failed'])
    assert.is(compareViews(journal, [view(0, one, line('w1', { mark }))]).diverged.size, 1, mark);
  assert.is(compareViews(journalOf('w0'), [view(0, one), view(1, one, other)]).diverged.size, 1);
  const renamed = [view(0, one, other), { ...view(1, one, other), name: 'name 2' }];
  assert.is(compareViews(journal, renamed).diverged.size, 1);
});

test('of the store: acknowledged and gone is lost; another body, a hole, and less than is shown are divergences', () => {
  const journal = new Journal();
  journal.hear({
    told: 'acknowledged',
    client: 0,
    records: [
      ['m.x~0', 7, 0, 'hash'],
      ['m.x~0', 7, 1, 'next'],
    ],
  });
  const stored = { messages: [2], holes: [] as string[] };
  const both = new Map([
    ['m.x~0|7|0', 'hash'],
    ['m.x~0|7|1', 'next'],
  ]);
  assert.ok(isClean(compareStore(journal, [], { ...stored, records: both })));
  const one = compareStore(journal, [], { ...stored, records: new Map([['m.x~0|7|0', 'other']]) });
  assert.is(one.lost.size, 1);
  assert.is(one.diverged.size, 1);
  assert.is(
    compareStore(journal, [], { records: both, messages: [2], holes: ['m.x~0|7|2'] }).diverged.size,
    1,
  );
  const shown = view(0, line('w0'), line('w1'), line('w2'));
  assert.is(compareStore(journal, [shown], { ...stored, records: both }).diverged.size, 1);
  journal.hear({ told: 'acknowledged', client: 0, records: [['m.x~0', 7, 1, 'another']] });
  assert.ok(compareStore(journal, [], { ...stored, records: both }).diverged.size > 0, 'acknowledged twice');
  const all = together([one, compareViews(journalOf('w9'), [view(0)])]);
  assert.is(all.lost.size, 2);
});

test.run();
