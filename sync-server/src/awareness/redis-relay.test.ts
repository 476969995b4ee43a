import type { LogName } from '@sotto/protocol';
import { LIMITS, logName, randomId } from '@sotto/protocol';
import { createLogger } from '@sotto/service';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../testing/processes.js';
import { Redis } from '../testing/redis.js';
import { tcpProxy } from '../testing/tcp-proxy.js';
import { decodeAwarenessMessage, encodeAwarenessMessage } from './awareness-message.js';
import { connectRedisRelay } from './redis-relay.js';

// What the environment names, or else one of this machine's own.
const own = process.env.REDIS_URL || !Redis.isThere ? undefined : await Redis.start();
const url = process.env.REDIS_URL ?? own?.url;
const test = suite('awareness over Redis');
const whenRedis = url ? test : test.skip;
test.after(() => own?.kill());

test('W10 a message between servers is read as it was written; anything else is nothing', () => {
  const from = new Uint8Array(16).fill(9);
  const log = logName('m', randomId());
  const message = { from, log, payload: Uint8Array.of(1, 2) };
  const bytes = encodeAwarenessMessage(message);
  assert.equal(decodeAwarenessMessage(bytes), message);
  for (let length = 0; length < bytes.length; length += 1)
    assert.is(decodeAwarenessMessage(bytes.subarray(0, length)), undefined);
  const large = { ...message, payload: new Uint8Array(LIMITS.awarenessBytes + 1) };
  const foreign = { ...message, log: 'm.nobody' as LogName };
  for (const wrong of [large, foreign])
    assert.is(decodeAwarenessMessage(encodeAwarenessMessage(wrong)), undefined);
  assert.is(decodeAwarenessMessage(new Uint8Array([...bytes, 0])), undefined);
});

whenRedis(
  'W10 awareness passes again after a lost connection, which is logged once, and its return once',
  async () => {
    const target = new URL(url!);
    const proxy = await tcpProxy(target, 6_379);
    const through = new URL(url!);
    through.hostname = '127.0.0.1';
    through.port = String(proxy.port);
    const lines: string[] = [];
    const logger = createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } });
    const [one, other] = [connectRedisRelay(through.href, logger), connectRedisRelay(url!, logger)];
    const log = logName('m', randomId());
    const heard: number[] = [];
    one.listen((_, payload) => heard.push(100 + payload[0]!));
    other.listen((name, payload) => name === log && heard.push(payload[0]!));
    const passes = async (value: number) => {
      const before = heard.length;
      await until(() => {
        one.publish(log, Uint8Array.of(value));
        return heard.length > before;
      }, 'awareness');
    };
    await passes(1);
    proxy.cut();
    await until(() => lines.some((line) => line.includes('does not reach')), 'a lost connection');
    await until(() => one.isConnected, 'another connection');
    await passes(2);
    assert.equal([...new Set(heard)], [1, 2], 'nobody hears himself');
    other.publish(log, Uint8Array.of(3));
    await until(() => heard.includes(103), 'awareness the other way');
    assert.is(lines.filter((line) => line.includes('does not reach')).length, 1);
    assert.is(lines.filter((line) => line.includes('reaches other servers again')).length, 1);
    one.close();
    other.close();
    proxy.close();
  },
);

test.run();
