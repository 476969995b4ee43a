import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMessage, decodeEvent, encodeEvent } from '../../conversation/event.js';
import { group, people, story } from '../../conversation/group-fixture.js';
import { NO_HASH } from '../../conversation/hash.js';
import { foldState } from '../../conversation/state-fold.js';
import type { VerifiedStateEvent } from '../../conversation/state-signature.js';
import { testDevice } from '../testing/test-device.js';
import { Writer } from '../testing/writer.js';
import { RoomChains } from './room-chains.js';
import { type HistoryAbout, RoomHistory } from './room-history.js';

const test = suite('history of a room');
const [ada, ben, , dan] = people;

/** A history whose conversation's state can be set, and messages of somebody in an epoch. */
async function history(events: readonly VerifiedStateEvent[]) {
  const device = await testDevice();
  const about = {
    kind: 'group',
    meaning: foldState(group, events).state,
    isLate: false,
    facts: undefined,
  } as {
    -readonly [K in keyof HistoryAbout]: HistoryAbout[K];
  };
  const chains = await RoomChains.load(device.context.keys, group);
  const shown = new RoomHistory(device.context, group, chains, about);
  const say = (by: typeof ada, seq: number, epoch: number, text: string) => {
    const writer = new Writer({ conversation: group, account: by.account, device: by.device, client: 5 });
    const event = createMessage({ text, clock: { wall: 1_000 + seq, counter: epoch } });
    const position = { ...writer.position, clock: seq };
    const { account, device: author } = by;
    shown.show({
      entries: [
        {
          account,
          device: author,
          generation: 1,
          seq,
          epoch,
          hash: NO_HASH,
          event: decodeEvent(encodeEvent(event)),
          position,
        },
      ],
      waiting: [],
    });
  };
  const texts = () => shown.timeline.newest(100).map(({ text }) => text);
  const now = (more: readonly VerifiedStateEvent[]) => {
    about.meaning = foldState(group, more).state;
    shown.sift();
  };
  return { device, shown, say, texts, now };
}

test('X12: what somebody said beyond where a removal cut him off is not shown, whichever came first', async () => {
  const { create, by } = await story();
  const end = { device: ben.device, generation: 1, seq: 1, hash: new Uint8Array(16) };
  const out = await by(ada, [create]).removeWith([end], ben);
  const early = await history([create]);
  for (const seq of [0, 1, 2]) early.say(ben, seq, 0, `ben ${seq}`);
  assert.equal(early.texts(), ['ben 0', 'ben 1', 'ben 2']);
  early.now([create, out]);
  assert.equal(early.texts(), ['ben 0', 'ben 1']);
  const late = await history([create, out]);
  for (const seq of [0, 1, 2]) late.say(ben, seq, 0, `ben ${seq}`);
  late.say(ben, 3, 1, 'by a chain of an epoch without him');
  assert.equal(late.texts(), ['ben 0', 'ben 1']);
  for (const { device } of [early, late]) await device.remove();
});

test('X12: a stranger is not shown; what was put aside is shown once the state has its author', async () => {
  const { create, by } = await story();
  const added = await by(ada, [create]).add(dan);
  const { device, say, texts, now } = await history([create]);
  say(dan, 0, 0, 'too early');
  assert.equal(texts(), []);
  now([create, added]);
  assert.equal(texts(), ['too early']);
  await device.remove();
});

test('X12: of a group whose state is not here nothing is shown', async () => {
  const { create } = await story();
  const { device, say, texts, now } = await history([]);
  say(ben, 0, 0, 'hello');
  assert.equal(texts(), []);
  now([create]);
  assert.equal(texts(), ['hello']);
  await device.remove();
});

test.run();
