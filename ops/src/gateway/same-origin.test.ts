import type { IncomingMessage } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isSameOrigin } from './same-origin.js';

const test = suite('same origin');

function request(
  headers: Record<string, string>,
  socket: object = { remoteAddress: '127.0.0.1' },
): IncomingMessage {
  return { headers, socket } as unknown as IncomingMessage;
}

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
