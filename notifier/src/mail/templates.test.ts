import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LETTER_STYLE_HASH } from './letter.js';
import { letterOf } from './templates.js';

const test = suite('letters');
const templates = ['sign-up', 'already-registered', 'reset', 'no-account'] as const;

test('U1 each letter says the same in text and in HTML, with one link', () => {
  for (const template of templates) {
    const link = 'https://sotto.example/welcome#abc';
    const { subject, text, html } = letterOf({ v: 1, to: 'a@example.org', template, link });
    assert.ok(subject.length > 0 && subject.length < 60);
    assert.is(text.split(link).length, 2);
    const hrefs = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    assert.equal(new Set(hrefs), new Set([link]));
    assert.not.ok(/!|oops|please/i.test(`${subject} ${text}`), 'calm words');
  }
});

test('S2 whatever stands in a link is text in HTML', () => {
  const link = `https://x.example/"><script>alert('&')</script>`;
  const { html } = letterOf({ v: 1, to: 'a@example.org', template: 'sign-up', link });
  assert.not.ok(html.includes('<script'));
  assert.ok(html.includes('&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;'));
});

test('U20 letters are made for light and dark, and have no style but the one that is let in', () => {
  for (const template of templates) {
    const { html } = letterOf({ v: 1, to: 'a@example.org', template, link: 'https://sotto.example/' });
    assert.ok(html.includes('prefers-color-scheme:dark'));
    assert.ok(html.includes('<meta name="color-scheme" content="light dark">'));
    assert.not.ok(/ style=|<script|<img|url\(/.test(html));
    const style = /<style>([\s\S]*)<\/style>/.exec(html)![1]!;
    assert.is(`sha256-${createHash('sha256').update(style).digest('base64')}`, LETTER_STYLE_HASH);
  }
});

test.run();
