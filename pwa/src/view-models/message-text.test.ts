import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TextPart } from './message-text.js';
import { isEmojiOnly, parseMessage } from './message-text.js';

const links = (text: string) => parseMessage(text).filter((part) => part.kind === 'link');
const hrefs = (text: string) => links(text).map((part) => (part as TextPart & { kind: 'link' }).href);

const test = suite('message text');

test('plain text stays one part', () => {
  assert.equal(parseMessage('Good morning'), [{ kind: 'text', text: 'Good morning' }]);
});

test('S2 only http and https become links', () => {
  assert.equal(hrefs('see https://example.org/a and http://example.org'), [
    'https://example.org/a',
    'http://example.org/',
  ]);
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc',
    'xhttps://example.org',
  ]) {
    assert.equal(links(text), [], text);
  }
});

test('a link ends where the sentence goes on', () => {
  assert.equal(hrefs('(see https://example.org/a_(b)).'), ['https://example.org/a_(b)']);
  assert.equal(hrefs('https://example.org, and "https://example.com/x".'), [
    'https://example.org/',
    'https://example.com/x',
  ]);
  assert.equal(hrefs('https://example.org/?q=a&b=c#d!'), ['https://example.org/?q=a&b=c#d']);
});

test('S2 marks that turn the writing direction never get into a link', () => {
  assert.equal(hrefs('https://example.org/\u202egro.live'), ['https://example.org/']);
});

test('code is taken as it stands and holds no links', () => {
  assert.equal(parseMessage('run `npm start` now'), [
    { kind: 'text', text: 'run ' },
    { kind: 'code', text: 'npm start' },
    { kind: 'text', text: ' now' },
  ]);
  assert.equal(parseMessage('`https://example.org`'), [{ kind: 'code', text: 'https://example.org' }]);
});

test('a block breaks the line itself, whatever stands around it', () => {
  assert.equal(parseMessage('before\n```js\nlet a = 1;\n\nlet b;\n```\nafter'), [
    { kind: 'text', text: 'before' },
    { kind: 'block', text: 'let a = 1;\n\nlet b;' },
    { kind: 'text', text: 'after' },
  ]);
  assert.equal(parseMessage('```x```'), [{ kind: 'block', text: 'x' }]);
});

test('one to three emoji alone are shown large', () => {
  for (const text of ['🌊', '🌊👌', '👩‍👩‍👧', '🇳🇴 🇮🇸', '👍🏽', '❤️', ' 🏔️ '])
    assert.ok(isEmojiOnly(text), text);
  for (const text of ['', ' ', 'a', '1', '#', '🌊🌊🌊🌊', '🌊 ok', '©', '12', '*'])
    assert.is(isEmojiOnly(text), false, text);
});

test('whatever is written, its words are all there, in order, and nothing throws', () => {
  const seed = Date.now() % 1e9;
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const pieces = [
    '`',
    '```',
    '\n',
    ' ',
    'https://',
    'http://a.b',
    '(',
    ')',
    '.',
    'word',
    'שלום',
    '🌊',
    '\\',
    '<b>',
    '&amp;',
    '\u202e',
    'https://[',
    '%',
  ];
  for (let round = 0; round < 3_000; round++) {
    const text = Array.from({ length: random(14) }, () => pieces[random(pieces.length)]).join('');
    const letters = (from: string) => from.replaceAll(/[`\s]/g, '');
    const shown = parseMessage(text)
      .map((part) => part.text)
      .join('');
    const context = `seed ${seed}, ${JSON.stringify(text)}`;
    // A block drops its fence and a language after it, and nothing else.
    if (!text.includes('```')) assert.is(letters(shown), letters(text), context);
    for (const href of hrefs(text)) assert.match(href, /^https?:\/\//, context);
  }
});

test('a link behind which nothing but brackets comes is cut in one pass', () => {
  const { split } = String.prototype;
  let splits = 0;
  String.prototype.split = function (this: string, ...input: unknown[]) {
    splits += 1;
    return (split as (...input: unknown[]) => string[]).apply(this, input);
  } as typeof split;
  try {
    const [link, rest] = parseMessage(`http://a.example/(b)${')]}'.repeat(7_000)}`);
    assert.is(link!.text, 'http://a.example/(b)');
    assert.is(rest!.text.length, 21_000);
  } finally {
    String.prototype.split = split;
  }
  assert.ok(splits < 100, `${splits} passes`);
});

test.run();
