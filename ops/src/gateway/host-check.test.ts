import type { IncomingMessage } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isLocalRequest, isSameOrigin } from './host-check.js';

const test = suite('host check');

function request(
  headers: Record<string, string>,
  socket: object = { remoteAddress: '127.0.0.1' },
): IncomingMessage {
  return { headers, socket } as unknown as IncomingMessage;
}

test('S2: only this machine, asking for this machine, is local', () => {
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'LOCALHOST:1']) {
    assert.ok(isLocalRequest(request({ host })), host);
  }
  assert.ok(isLocalRequest(request({ host: 'localhost' }, { remoteAddress: '::1' })));
  assert.ok(isLocalRequest(request({ host: 'localhost' }, { remoteAddress: '::ffff:127.0.0.1' })));
});

test('S2: another name that points here is not, nor another machine that says our name', () => {
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'evil.example:8080',
    '',
    'local host',
    '192.168.1.2',
  ]) {
    assert.not(isLocalRequest(request({ host })), host);
  }
  assert.not(isLocalRequest(request({})));
  for (const remoteAddress of ['192.168.1.9', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', undefined]) {
    assert.not(isLocalRequest(request({ host: 'localhost' }, { remoteAddress })), String(remoteAddress));
  }
});

test("S2: WebSockets come from Sotto's pages or from no page", () => {
  const origin = 'https://chat.example';
  assert.ok(isSameOrigin(request({ host: 'inside:8080' }), origin));
  assert.ok(isSameOrigin(request({ host: 'inside:8080', origin }), origin));
  assert.ok(isSameOrigin(request({ host: 'localhost:8080', origin: 'http://localhost:8080' }), origin));
  const encrypted = { remoteAddress: '127.0.0.1', encrypted: true };
  assert.ok(
    isSameOrigin(request({ host: 'localhost:8080', origin: 'https://localhost:8080' }, encrypted), origin),
  );
});

test('S2: WebSockets of other pages are refused', () => {
  const origin = 'https://chat.example';
  for (const other of ['https://evil.example', 'http://chat.example', 'http://localhost:8081', 'null', '']) {
    assert.not(isSameOrigin(request({ host: 'localhost:8080', origin: other }), origin), other);
  }
});

test.run();
