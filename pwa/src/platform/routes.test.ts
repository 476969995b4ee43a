import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createFormat } from './format.js';
import { parseRoute, routePath } from './routes.js';

const test = suite('routes and formats');

test('every route has an address, and the address leads back to it', () => {
  for (const path of [
    '/',
    '/new',
    '/settings',
    '/recovery-key',
    '/sign-in',
    '/sign-up',
    '/c/noorAAAAAAAAAAAAAAAAAA',
    '/c/noorAAAAAAAAAAAAAAAAAA/details',
    '/c/noorAAAAAAAAAAAAAAAAAA/add',
    '/c/noorAAAAAAAAAAAAAAAAAA/verify/maraAAAAAAAAAAAAAAAAAA',
    '/new-group',
    '/settings/devices',
    '/settings/link',
    '/settings/link-anew',
    '/settings/password',
    '/settings/recovery-key',
    '/link',
    '/forgotten',
  ]) {
    assert.is(routePath(parseRoute(path)), path);
  }
  assert.equal(parseRoute('/welcome', '#abc'), { name: 'welcome', token: 'abc' });
  assert.equal(parseRoute('/reset', '#abc'), { name: 'reset', token: 'abc' });
});

test('what is no address of ours is not found, and never throws', () => {
  for (const path of [
    '/c/',
    '/c/short',
    '/c/../../x',
    '/c/noorAAAAAAAAAAAAAAAAA!',
    '/nowhere',
    '/c/noorAAAAAAAAAAAAAAAAAA/nowhere',
    '/c/noorAAAAAAAAAAAAAAAAAA/verify/short',
    '/c/noorAAAAAAAAAAAAAAAAAA/constructor',
    '/toString',
    '',
    '//',
  ]) {
    assert.is(parseRoute(path).name, 'not-found', path);
  }
});

test('U20 hours follow the first language, words the one of the catalogue', () => {
  const at = new Date(2026, 4, 7, 9, 5).getTime();
  assert.is(createFormat('en', ['en-GB']).time(at), '09:05');
  assert.match(createFormat('en', ['en-US']).time(at), /^9:05\sAM$/);
  const german = createFormat('en', ['de-DE', 'en-US']);
  assert.is(german.time(at), '09:05');
  assert.is(german.weekday(at), 'Thu');
});

test('days are counted by the calendar, not by 24 hours', () => {
  const format = createFormat('en', ['en-GB']);
  const now = new Date(2026, 4, 7, 0, 10).getTime();
  assert.is(format.daysAgo(new Date(2026, 4, 6, 23, 59).getTime(), now), 1);
  assert.is(format.daysAgo(new Date(2026, 4, 7, 23, 59).getTime(), now), 0);
  assert.is(format.daysAgo(new Date(2026, 4, 8, 0, 1).getTime(), now), -1);
  assert.is(format.untilMidnight(now), (23 * 60 + 50) * 60_000);
});

test.run();
