import type { DeviceFrame, DocumentName } from '@sotto/protocol';
import { decodeDeviceFrame, LIMITS, unpackFrames } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OutgoingFrames } from './outgoing.js';

const test = suite('outgoing frames');
const document = 'm.AAAAAAAAAAAAAAAAAAAAAA.0' as DocumentName;

function outgoing() {
  const messages: Uint8Array[] = [];
  const frames = new OutgoingFrames((message) => messages.push(message));
  const sent = () => messages.map((message) => unpackFrames(message).map(decodeDeviceFrame));
  return { frames, messages, sent };
}

const append = (batch: number, bytes: number): DeviceFrame => ({
  type: 'append',
  batch,
  counter: 1,
  document,
  update: new Uint8Array(bytes),
});
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

test('W1: the frames of one turn go as one message, in order; those of the next as another', async () => {
  const { frames, sent } = outgoing();
  for (const batch of [1, 2, 3]) frames.add(append(batch, 10));
  assert.equal(sent(), []);
  await nextTurn();
  frames.add({ type: 'ping' });
  await nextTurn();
  assert.equal(sent(), [[append(1, 10), append(2, 10), append(3, 10)], [{ type: 'ping' }]]);
});

test('W1: a message never weighs more than a reader takes, and nothing is left out', async () => {
  const { frames, messages, sent } = outgoing();
  const count = 23;
  for (let batch = 1; batch <= count; batch += 1) frames.add(append(batch, LIMITS.updateBytes));
  await nextTurn();
  assert.ok(messages.every((message) => message.length <= LIMITS.messageBytes));
  assert.is(messages.length, Math.ceil(count / 3));
  assert.equal(
    sent()
      .flat()
      .map((frame) => frame.type === 'append' && frame.batch),
    Array.from({ length: count }, (_, index) => index + 1),
  );
});

test('W1: a message never holds more frames than a reader takes', async () => {
  const { frames, sent } = outgoing();
  const count = 2 * LIMITS.messageFrames + 1;
  for (let batch = 1; batch <= count; batch += 1) frames.add(append(batch, 0));
  await nextTurn();
  assert.equal(
    sent().map((message) => message.length),
    [LIMITS.messageFrames, LIMITS.messageFrames, 1],
  );
});

test('W1: nothing to send is no message', async () => {
  const { frames, messages } = outgoing();
  frames.flush();
  frames.add({ type: 'ping' });
  frames.flush();
  await nextTurn();
  assert.is(messages.length, 1);
});

test.run();
