import type { ConversationId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ReceiptTimers } from './receipt-timers.js';

const test = suite('receipt timers');
const [one, two] = [randomId<ConversationId>(), randomId<ConversationId>()];

test('U7: what is owed meanwhile goes with the same receipt, each conversation for itself', async () => {
  const due: ConversationId[] = [];
  await new Promise<void>((resolve) => {
    const timers = new ReceiptTimers((conversation) => {
      due.push(conversation);
      if (due.length === 2) resolve();
    });
    for (const conversation of [one, one, two, one]) timers.owe(conversation);
    assert.equal(due, []);
  });
  assert.equal(due, [one, two]);
});

test('U7: what is owed after a receipt brings another', async () => {
  let times = 0;
  await new Promise<void>((resolve) => {
    const timers = new ReceiptTimers((conversation) => {
      times += 1;
      if (times === 3) resolve();
      else timers.owe(conversation);
    });
    timers.owe(one);
  });
  assert.is(times, 3);
});

test('U8: nothing comes after the device was closed', async () => {
  const due: ConversationId[] = [];
  const timers = new ReceiptTimers((conversation) => due.push(conversation));
  timers.owe(one);
  timers.stop();
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(due, []);
});

test.run();
