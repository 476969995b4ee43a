import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isLoopback, originOf } from './addresses.js';
import { readOptions } from './options.js';

const test = suite('options');
const read = (...args: string[]) => readOptions(args, '/somewhere');

test('nothing said: this machine only, in the folder one stands in', () => {
  const port = 8080;
  const expected = {
    port,
    host: '127.0.0.1',
    data: '/somewhere/.sotto',
    certificate: undefined,
    origin: undefined,
  };
  assert.equal(read(), expected);
});

test('everything said', () => {
  const certificate = { cert: '/c.pem', key: '/somewhere/k.pem' };
  const flags = ['--port', '0', '--host', '0.0.0.0', '--data', 'x', '--cert', '/c.pem', '--key', 'k.pem'];
  assert.equal(read(...flags, '--origin', 'https://chat.example/'), {
    port: 0,
    host: '0.0.0.0',
    data: '/somewhere/x',
    certificate,
    origin: 'https://chat.example',
  });
});

const refused: [string[], RegExp][] = [
  [['--prot', '1'], /'--prot'/],
  [['--port'], /'--port <value>'|--port/],
  [['--port', '70000'], /70000 is no port/],
  [['--port', 'http'], /http is no port/],
  [['--port=-1'], /-1 is no port/],
  [['9000'], /npm start -- --port 9000/],
  [['--cert', 'a.pem'], /go together/],
  [['--key', 'a.pem'], /go together/],
  [['--host='], /needs an address/],
  [['--origin', 'chat.example'], /is no address/],
  [['--origin', 'https://chat.example/path'], /is no address/],
  [['--origin', 'ftp://chat.example'], /is no address/],
];

for (const [args, message] of refused) {
  test(`refused in one line: ${args.join(' ')}`, () => {
    assert.throws(
      () => read(...args),
      (error: Error) =>
        error.name === 'StartError' && message.test(error.message) && !error.message.includes('\n'),
    );
  });
}

test('loopback is what only this machine reaches', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1']) assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '192.168.0.1', '127.evil.example', '1270.0.0.1'])
    assert.not(isLoopback(host));
});

test('the address that people use is as browsers write it', () => {
  assert.is(originOf('127.0.0.1', 8080, false), 'http://localhost:8080');
  assert.is(originOf('127.0.0.1', 80, false), 'http://localhost');
  assert.is(originOf('10.1.2.3', 443, true), 'https://10.1.2.3');
  assert.is(originOf('fd00::1', 8443, true), 'https://[fd00::1]:8443');
  assert.match(originOf('0.0.0.0', 8443, true), /^https:\/\/[^/]+:8443$/);
});

test.run();
