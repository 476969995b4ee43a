import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { ConfigError, flagField, portField, readConfig, wholeNumberField } from './config.js';

const test = suite('configuration');
const SECRET = 'correct-horse-battery-staple';
const schema = v.object({
  PORT: v.optional(portField, '8080'),
  PUBLIC_URL: v.pipe(v.string(), v.url()),
  SMTP_PASSWORD: v.optional(v.pipe(v.string(), v.minLength(100))),
  SECURE: v.optional(flagField, 'false'),
  RATE: v.optional(wholeNumberField, '10'),
});

function mistakes(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) {
      assert.is(error.message, error.mistakes.join('\n'));
      return error.mistakes;
    }
    throw error;
  }
  return [];
}

test('settings are parsed, defaults filled in, the rest of the environment left alone', () => {
  const config = readConfig(schema, {
    PUBLIC_URL: 'https://chat.example',
    SECURE: 'true',
    PORT: '0',
    HOME: '/root',
  });
  assert.equal(config, { PORT: 0, PUBLIC_URL: 'https://chat.example', SECURE: true, RATE: 10 });
});

test('every mistake has a line that names the setting', () => {
  const found = mistakes({ PORT: '99999', SECURE: 'yes', RATE: '-1' });
  assert.is(found.length, 4);
  assert.equal(found.map((line) => line.split(/[ :]/)[0]).sort(), ['PORT', 'PUBLIC_URL', 'RATE', 'SECURE']);
  assert.ok(found.includes('PUBLIC_URL is missing'));
});

test('an empty setting counts as missing', () => {
  assert.equal(mistakes({ PUBLIC_URL: '' }), ['PUBLIC_URL is missing']);
  assert.is(readConfig(schema, { PUBLIC_URL: 'https://chat.example', PORT: '' }).PORT, 8080);
});

test('no line says what the value was', () => {
  const found = mistakes({
    PORT: SECRET,
    PUBLIC_URL: SECRET,
    SMTP_PASSWORD: SECRET,
    SECURE: SECRET,
    RATE: SECRET,
  });
  assert.is(found.length, 5);
  for (const line of found) assert.not.match(line, SECRET);
});

test('what a schema says in its own words is passed on', () => {
  const own = v.object({ URL: v.pipe(v.string(), v.startsWith('https:', 'must be https')) });
  let message = '';
  try {
    readConfig(own, { URL: 'http://x' });
  } catch (error) {
    message = String(error);
  }
  assert.match(message, 'URL: must be https');
});

test.run();
