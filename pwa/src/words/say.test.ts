import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { en } from './en.js';
import { enPages } from './en-pages.js';
import { directionOf, say, setPageDirection } from './say.js';

const test = suite('words');

test('plurals follow the count', () => {
  assert.is(say('banner.back-sent', { count: 1 }), 'Back. 1 message went out.');
  assert.is(say('banner.back-sent', { count: 3 }), 'Back. 3 messages went out.');
  assert.is(say('banner.back-sent', { count: 1200 }), 'Back. 1,200 messages went out.');
});

test('values are filled in as they are, and not as patterns', () => {
  assert.is(say('composer.label', { name: '$& {name} $1' }), 'Message $& {name} $1');
});

test('U20 a name of the other direction is isolated from the sentence around it', () => {
  assert.is(say('composer.label', { name: 'נור' }), 'Message \u2068נור\u2069');
  assert.is(say('composer.label', { name: 'noor' }), 'Message noor');
  setPageDirection('rtl');
  assert.is(say('composer.label', { name: 'noor' }), 'Message \u2068noor\u2069');
  assert.is(say('composer.label', { name: 'נור' }), 'Message נור');
  setPageDirection('ltr');
});

test('U20 direction follows the language', () => {
  assert.is(directionOf('ar-EG'), 'rtl');
  assert.is(directionOf('he'), 'rtl');
  assert.is(directionOf('en-GB'), 'ltr');
});

test('every sentence keeps to the voice: no exclamation marks, no "please wait", no "oops"', () => {
  const sentences = Object.values({ ...en, ...enPages }).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  );
  assert.ok(sentences.length > 100);
  for (const sentence of sentences) {
    assert.not.match(sentence, /!|oops|please wait|the user/i);
    assert.is(sentence.replaceAll(/\{\w+\}/g, '').includes('{'), false, sentence);
  }
});

test.run();
