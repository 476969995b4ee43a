import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SERVER_LIMITS } from './limits.js';

const test = suite('limits');
const root = new URL('../../', import.meta.url);
const spec = readFileSync(new URL('packages/protocol/SPEC.md', root), 'utf8');
const row = (limit: string) => spec.split('\n').find((line) => line.split('|')[1]?.trim() === limit) ?? '';
const numbers = (text: string) => [...text.matchAll(/[\d,]*\d/g)].map(([n]) => Number(n.replaceAll(',', '')));

test('[L] [S11] SPEC.md states the pace that the server keeps', () => {
  const { appendPerSecond, appendBytesEach, appendBurst, inboxBurst, inboxPerSecond } = SERVER_LIMITS;
  assert.equal(numbers(row('appends of a device')), [appendPerSecond, appendBytesEach, appendBurst]);
  assert.equal(numbers(row('appends of a device to one inbox')), [1, 1 / inboxPerSecond, inboxBurst]);
  const { accountAppendBurst, accountAppendPerSecond, accountReadBurst, accountReadsPerSecond } =
    SERVER_LIMITS;
  assert.equal(numbers(row('appends of an account')), [accountAppendPerSecond, accountAppendBurst]);
  assert.equal(numbers(row('reads of an account: logs opened, documents asked')), [
    accountReadsPerSecond,
    accountReadBurst,
  ]);
  const { accountPendingTasks, accountPendingBytes } = SERVER_LIMITS;
  assert.equal(numbers(row('not done of an account')), [accountPendingTasks, accountPendingBytes]);
});

test('[L] [W14] SPEC.md states how many sockets there may be', () => {
  const { socketsPerDevice, socketsPerAccount } = SERVER_LIMITS;
  assert.equal(numbers(row('sockets at one server')), [socketsPerDevice, socketsPerAccount]);
});

test.run();
