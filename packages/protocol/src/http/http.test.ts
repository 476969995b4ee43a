import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import type { ErrorCode } from '../errors/codes.js';
import { ERROR_CODES, isErrorCode } from '../errors/codes.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { email, kdf, username } from './fields.js';
import { toJson } from './json.js';
import { fromProblem, toProblem } from './problem.js';

const test = suite('HTTP bodies');
const codes = Object.keys(ERROR_CODES) as ErrorCode[];

test('[H] a problem carries every code there and back', () => {
  for (const code of codes) {
    const sent = toProblem(new ProtocolError(code, { detail: 'inside', cause: new Error('secret') }));
    assert.is(sent.type, `urn:sotto:error:${code}`);
    assert.is(sent.status, ERROR_CODES[code].status);
    assert.not.ok(JSON.stringify(sent).includes('secret') || JSON.stringify(sent).includes('inside'));
    const back = fromProblem(JSON.parse(JSON.stringify(sent)));
    assert.equal([back.code, back.retry, back.retryAfterMs], [code, ERROR_CODES[code].retry, undefined]);
  }
  assert.is(
    fromProblem(toProblem(new ProtocolError('request/too-fast', { retryAfterMs: 250 }))).retryAfterMs,
    250,
  );
});

test('[E] what is no problem, or no code of ours, is the service being unavailable', () => {
  const valid = toProblem(new ProtocolError('auth/forbidden'));
  for (const body of [undefined, null, 'text', {}, [], { ...valid, code: 'toString' }, { ...valid, code: 7 }])
    assert.is(fromProblem(body).code, 'service/unavailable');
  assert.is(isErrorCode('constructor'), false);
});

test('[H] bytes at any depth become base64url', () => {
  const value = { a: Uint8Array.of(255), b: [Uint8Array.of(0), null], c: { d: 1 } };
  assert.equal(toJson(value), { a: '_w', b: ['AA', null], c: { d: 1 } });
});

test('[L] names and addresses', () => {
  assert.is(v.parse(email, ' Ann@Example.ORG '), 'ann@example.org');
  assert.is(v.parse(username, 'Ann.B-c_9'), 'ann.b-c_9');
  for (const text of ['ab', '9ann', 'an n', 'a'.repeat(33), 'änn', '.ann'])
    assert.not.ok(v.is(username, text), text);
});

test('[K2] weak key derivation is refused', () => {
  const good = { algorithm: 'argon2id', memoryKiB: 65_536, passes: 3, lanes: 1, salt: 'A'.repeat(22) };
  assert.ok(v.is(kdf, good));
  for (const weak of [{ memoryKiB: 65_535 }, { passes: 2 }, { algorithm: 'argon2i' }, { salt: 'AAAA' }])
    assert.not.ok(v.is(kdf, { ...good, ...weak }), JSON.stringify(weak));
});

test.run();
