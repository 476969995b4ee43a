import type { Person, TimelineItem, ToldChange } from '@sotto/client';
import type { AccountId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { changesReaders, changeWords } from './change-words.js';

const test = suite('words of changes');
const person = (username: string): Person => ({ account: `${username}-id` as AccountId, username });
const mara = person('mara');
const noor = person('noor');
const teo = person('teo');

function words(by: Person | null, change: ToldChange, me = mara): string {
  const item: TimelineItem & { kind: 'change' } = { kind: 'change', id: 'c', at: 0, by, change };
  return changeWords(item, me.account);
}

test('U11 who came, who went and by whom is said in a sentence', () => {
  assert.is(words(noor, { type: 'added', people: [teo] }), 'noor added teo.');
  assert.is(words(mara, { type: 'added', people: [noor, teo] }), 'You added noor and teo.');
  assert.is(words(noor, { type: 'added', people: [mara] }), 'noor added you.');
  assert.is(words(noor, { type: 'removed', people: [mara, teo] }), 'noor removed you and teo.');
  assert.is(words(teo, { type: 'left' }), 'teo left.');
  assert.is(words(mara, { type: 'left' }), 'You left.');
});

test('U11 what nobody did by hand names nobody', () => {
  assert.is(words(null, { type: 'role', person: mara, role: 'admin' }), 'Admin from here on: you.');
  assert.is(words(null, { type: 'removed', people: [noor] }), 'Removed: noor.');
});

test('U14 what changed who can read along says so, and leads to who can', () => {
  assert.match(
    words(noor, { type: 'device-added', device: 'Firefox on Mac' }),
    /^noor has a new device, Firefox on Mac\./,
  );
  assert.is(words(noor, { type: 'identity-changed' }), 'noor’s account key changed.');
  const item = (change: ToldChange): TimelineItem & { kind: 'change' } => ({
    kind: 'change',
    id: 'c',
    at: 0,
    by: noor,
    change,
  });
  assert.ok(changesReaders(item({ type: 'identity-changed' })));
  assert.ok(changesReaders(item({ type: 'device-added', device: 'x' })));
  assert.not(changesReaders(item({ type: 'renamed', name: 'x' })));
});

test('every change has words of its own for oneself and for others', () => {
  const changes: ToldChange[] = [
    { type: 'created', name: 'Boats' },
    { type: 'added', people: [teo] },
    { type: 'removed', people: [teo] },
    { type: 'left' },
    { type: 'role', person: teo, role: 'admin' },
    { type: 'role', person: teo, role: 'member' },
    { type: 'renamed', name: 'Boats' },
    { type: 'past', shared: true },
    { type: 'past', shared: false },
    { type: 'device-added', device: 'Phone' },
    { type: 'device-removed', device: 'Phone' },
    { type: 'identity-changed' },
  ];
  const said = changes.flatMap((change) => [words(mara, change), words(noor, change)]);
  assert.is(new Set(said).size, changes.length * 2);
  for (const sentence of said) assert.match(sentence, /^\p{L}.*\.$/u);
});

test.run();
