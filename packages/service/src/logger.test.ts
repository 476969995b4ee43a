import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { capturedLog } from './testing/captured-log.js';

const test = suite('logger');
const SECRET = 'correct-horse-battery-staple';
const FIELDS = ['authorization', 'cookie', 'set-cookie', 'token', 'password', 'authKey', 'vault'];

test('S7 secret fields are left out at every depth that is logged', () => {
  for (const field of FIELDS) {
    const log = capturedLog();
    const holder = { [field]: SECRET, kept: 'kept' };
    log.logger.info(holder, 'one');
    log.logger.info({ request: holder }, 'two');
    log.logger.info({ request: { headers: holder } }, 'three');
    log.logger.info({ a: { b: { c: holder } } }, 'four');
    assert.is(log.lines().length, 4);
    assert.not.match(log.text(), SECRET, field);
    assert.is(log.text().split('"kept":"kept"').length - 1, 4);
    assert.is(log.text().split('[secret]').length - 1, 4);
  }
});

test('S7 the logger of a request leaves them out too', () => {
  const log = capturedLog();
  log.logger.child({ requestId: 'r' }).info({ password: SECRET, vault: SECRET });
  assert.not.match(log.text(), SECRET);
});

test('an error is its name, message, code, stack and cause, and nothing that hangs on it', () => {
  const log = capturedLog();
  const cause = Object.assign(new TypeError('deeper'), { body: SECRET });
  const error = Object.assign(new Error('failed', { cause }), {
    code: 'E_CODE',
    request: { secret: SECRET },
  });
  log.logger.error({ err: error });
  const err = log.lines()[0]!.err as Record<string, unknown>;
  assert.equal(Object.keys(err).sort(), ['cause', 'code', 'message', 'stack', 'type']);
  assert.is(err.code, 'E_CODE');
  assert.is((err.cause as Record<string, unknown>).type, 'TypeError');
  assert.not.match(log.text(), SECRET);
  log.logger.error({ err: SECRET });
  assert.not.match(log.text(), SECRET, 'what is thrown and no error has no words of its own');
});

test('the level counts', () => {
  const log = capturedLog('warn');
  log.logger.info('quiet');
  log.logger.warn('loud');
  assert.equal(
    log.lines().map(({ msg, name }) => [msg, name]),
    [['loud', 'test']],
  );
});

test.run();
