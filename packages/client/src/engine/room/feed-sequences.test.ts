import type { AccountId, ConversationId, DeviceId, EventId } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_HASH } from '../../conversation/hash.js';
import { FeedSequences } from './feed-sequences.js';
import type { Read, ReadEntry } from './log-reader.js';

const test = suite('feed sequences');
const device = randomId<DeviceId>();
const conversation = randomId<ConversationId>();
const feed = { device, generation: 1 };

function entry(seq: number, kind: 'm' | 'r' = 'm'): ReadEntry {
  const document = documentName(logName(kind, conversation), 0);
  return {
    ...feed,
    ...{
      account: randomId<AccountId>(),
      seq,
      epoch: 0,
      hash: NO_HASH,
      position: { document, client: 1, clock: seq },
    },
    event: {
      id: randomId<EventId>(),
      type: 'message',
      clock: { wall: seq * 10, counter: 0 },
      body: { text: '' },
    } as never,
  };
}

const read = (...entries: ReadEntry[]): Read => ({ entries, waiting: [] });

test('X9: what is missing between two of a feed is told, of receipts nothing', () => {
  const sequences = new FeedSequences();
  sequences.take(read(entry(3), entry(6), entry(9, 'r')));
  assert.equal(sequences.missing(), [{ ...feed, seq: 4, at: 60 }]);
  assert.not(sequences.has({ ...feed, seq: 4 }));
  sequences.take(read(entry(4), entry(5)));
  assert.equal(sequences.missing(), []);
  assert.ok(sequences.has({ ...feed, seq: 4 }));
});

test('what others say that they have and is not here is missing at the end; of an unknown feed nothing is', () => {
  const sequences = new FeedSequences();
  sequences.said({ ...feed, delivered: 5 });
  assert.equal(sequences.missing(), []);
  sequences.take(read(entry(3)));
  assert.equal(sequences.missing(), [{ ...feed, seq: 4, at: null }]);
  sequences.take(read(entry(4), entry(5)));
  assert.equal(sequences.missing(), []);
});

test('while something of a device waits for its key nothing of it is missing: it may be just that', () => {
  const sequences = new FeedSequences();
  const { position } = entry(4);
  sequences.take({
    entries: [entry(3), entry(6)],
    waiting: [{ position, device, distributionId: randomId() }],
  });
  assert.equal(sequences.missing(), []);
  sequences.take(read(entry(4)));
  assert.equal(sequences.missing(), [{ ...feed, seq: 5, at: 60 }]);
});

test.run();
