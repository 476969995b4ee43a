import type { AccountId, ConversationId, DeviceId, DocumentName } from '@sotto/protocol';
import { logName, parseDocumentName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMessage, encodeEvent } from '../../conversation/event.js';
import { decodeStoredContent, type OpenContent } from '../../conversation/stored-content.js';
import { type TemporaryStores, temporaryStores } from '../../store/testing/temporary-stores.js';
import { Incoming } from '../../sync/incoming.js';
import { type Sealed, updateOf, Writer } from '../testing/writer.js';
import { LogReader, type Read } from './log-reader.js';
import { RoomChains } from './room-chains.js';

const test = suite('log reader');
const self = { account: randomId<AccountId>(), device: randomId<DeviceId>() };

/** A reader over real stores, and somebody who writes. */
async function reading(conversation = randomId<ConversationId>(), stores?: TemporaryStores) {
  const kept = stores ?? (await temporaryStores());
  const chains = await RoomChains.load(kept.keys, conversation);
  const heard: [AccountId, number, number][] = [];
  const twice: AccountId[] = [];
  const reader = new LogReader(logName('m', conversation), self, kept.messages, chains, {
    binding: ({ stateHead, listVersion }, author) => heard.push([author, listVersion, stateHead.length]),
    twice: (author) => twice.push(author),
  });
  const incoming = new Incoming(kept.messages);
  const give = async (writer: Writer) => {
    const change = chains.accept(writer.received());
    await kept.keys.write(change.writes);
    change.done();
  };
  const take = async (sealed: readonly Sealed[]): Promise<Read> => {
    const { document } = sealed[0]!.position;
    const fresh = await incoming.fresh(document, updateOf(sealed));
    const read = await reader.take(document, fresh);
    for (const run of fresh.runs) incoming.stored(document, run.client, run.clock + run.envelopes.length);
    return read;
  };
  const stored = async (document: DocumentName) =>
    (await kept.messages.segment(document)).map(({ content }) => decodeStoredContent(content));
  const reopen = async () => reading(conversation, await kept.reopen());
  return { conversation, stores: kept, chains, reader, give, take, stored, reopen, heard, twice };
}

const texts = ({ entries }: Read) =>
  entries.map(({ event }) => (event.type === 'message' ? event.body.text : event.type));

test('X8: what has its chain opens, says its author and place, and is there after the process', async () => {
  const { conversation, reader, give, take, reopen } = await reading();
  const writer = new Writer({ conversation });
  await give(writer);
  const sealed = [await writer.say('one'), await writer.say('two')];
  const read = await take(sealed);
  assert.equal(texts(read), ['one', 'two']);
  const [, second] = read.entries;
  assert.equal(
    [second!.account, second!.device, second!.generation, second!.seq, second!.position],
    [writer.account, writer.device, 1, 1, sealed[1]!.position],
  );
  assert.equal(read.waiting, []);
  assert.ok(reader.owns(sealed[0]!.position.document, writer.client));

  const again = await reopen();
  assert.not.ok(again.reader.loaded(0));
  assert.equal(texts(await again.reader.load(0)), ['one', 'two']);
  assert.equal(texts(await again.reader.load(0)), [], 'once');
  assert.is(again.reader.newest, 0);
  await again.stores.remove();
});

test('X8: what comes before its chain waits, and opens when the chain comes', async () => {
  const { conversation, reader, give, take, stored, stores } = await reading();
  const writer = new Writer({ conversation });
  const sealed = [await writer.say('early'), await writer.say('too')];
  const read = await take(sealed);
  assert.equal(read.entries, []);
  assert.equal(
    read.waiting.map(({ position, device }) => [position.clock, device]),
    [
      [0, writer.device],
      [1, writer.device],
    ],
  );
  const again = await reader.retryWaiting(0);
  assert.equal([again.entries, again.waiting.length], [[], 2], 'they wait still');
  await give(writer);
  const opened = await reader.retryWaiting(0);
  assert.equal([texts(opened), opened.waiting], [['early', 'too'], []]);
  assert.equal(
    (await stored(sealed[0]!.position.document)).map(({ status }) => status),
    ['open', 'open'],
  );
  assert.equal(texts(await reader.retryWaiting(0)), [], 'once');
  assert.equal(texts(await take([await writer.say('later')])), ['later']);
  await stores.remove();
});

test('X8: what waited opens after the process too, whenever its chain came', async () => {
  const first = await reading();
  const writer = new Writer({ conversation: first.conversation });
  await first.take([await writer.say('early')]);
  await first.give(writer);
  const again = await first.reopen();
  assert.equal(texts(await again.reader.load(0)), ['early']);
  await again.stores.remove();
});

test('X7: what is bound to another place is refused, is never shown, and stays refused; the feed goes on', async () => {
  const { conversation, give, take, stored, reopen } = await reading();
  const writer = new Writer({ conversation });
  await give(writer);
  const event = encodeEvent(createMessage({ text: 'moved', clock: { wall: 1, counter: 0 } }));
  const wrong = [
    await writer.seal(event, { clock: 40 }),
    await writer.seal(event, { client: 7 }),
    await writer.seal(event, { segment: 9 }),
    await writer.seal(event, { log: 'r' }),
  ];
  const read = await take(wrong);
  assert.equal([read.entries, read.waiting], [[], []]);
  const { document } = wrong[0]!.position;
  assert.equal(
    await stored(document),
    wrong.map(() => ({
      status: 'refused',
      device: writer.device,
      reason: 'conversation/misplaced',
    })),
  );
  // The sequence says that something is missing; what is genuine is shown all the same.
  assert.equal(texts(await take([await writer.say('genuine')])), ['genuine']);
  const again = await reopen();
  assert.equal(texts(await again.reader.load(0)), ['genuine']);
  await again.stores.remove();
});

test('X8: a forged signature, another device’s chain and no envelope at all are refused', async () => {
  const { conversation, give, take, stored, stores } = await reading();
  const writer = new Writer({ conversation });
  await give(writer);
  const good = await writer.say('good');
  const bytes = new Uint8Array(good.envelope);
  bytes[bytes.length - 70]! ^= 1;
  const { document } = good.position;
  assert.equal(texts(await take([{ ...good, envelope: bytes }])), []);
  const thief = { ...good, device: randomId<DeviceId>(), position: { ...good.position, client: 8 } };
  assert.equal(texts(await take([thief])), []);
  assert.equal(
    texts(await take([{ ...thief, envelope: new Uint8Array(), position: { ...good.position, client: 9 } }])),
    [],
  );
  const reasons = (await stored(document)).map((content) => content.status === 'refused' && content.reason);
  assert.equal(reasons.sort(), ['conversation/forged', 'conversation/malformed', 'conversation/misplaced']);
  await stores.remove();
});

test('X8: an envelope that is put at a second place is refused there', async () => {
  const { conversation, give, take, stored, stores } = await reading();
  const writer = new Writer({ conversation });
  await give(writer);
  const first = await writer.say('once');
  assert.equal(texts(await take([first])), ['once']);
  const copy = { ...first, position: { ...first.position, clock: 1 } };
  assert.equal(texts(await take([first, copy])), []);
  const [, second] = await stored(first.position.document);
  assert.is(second!.status, 'refused');
  await stores.remove();
});

test('X9: an iteration that was used is refused elsewhere, after the process too', async () => {
  const first = await reading();
  const writer = new Writer({ conversation: first.conversation });
  await first.give(writer);
  const event = encodeEvent(createMessage({ text: 'again', clock: { wall: 2, counter: 0 } }));
  await first.take([await writer.say('one')]);
  const again = await first.reopen();
  await again.reader.load(0);
  writer.iteration = 0;
  const repeated = await writer.seal(event);
  assert.equal(texts(await again.take([repeated])), []);
  const [, stored] = await again.stored(repeated.position.document);
  assert.is(stored!.status === 'refused' && stored!.reason, 'conversation/repeated');
  await again.stores.remove();
});

test('X9: a feed whose events do not follow each other is refused from there on', async () => {
  for (const broken of [{ prev: new Uint8Array(16).fill(9) }, { seq: 0 }]) {
    const { conversation, give, take, stored, stores, heard, twice } = await reading();
    const writer = new Writer({ conversation });
    await give(writer);
    const first = await writer.say('one');
    const event = encodeEvent(createMessage({ text: 'in between', clock: { wall: 2, counter: 0 } }));
    const second = await writer.seal(event, broken);
    assert.equal(texts(await take([first, second])), ['one']);
    const [, refused] = await stored(second.position.document);
    assert.is(refused!.status === 'refused' && refused!.reason, 'conversation/broken-feed');
    assert.equal(twice, 'seq' in broken ? [writer.account] : [], 'two things in one place');
    assert.equal(
      heard.map(([author]) => author),
      [writer.account],
      'what is refused claims nothing',
    );
    await stores.remove();
  }
});

test('X9: read backwards, an older segment opens although newer ones were read before it', async () => {
  const { conversation, give, take, stores } = await reading();
  const writer = new Writer({ conversation });
  await give(writer);
  const old = await writer.say('old');
  writer.segment = 1;
  writer.clock = 0;
  const recent = await writer.say('recent');
  assert.equal(texts(await take([recent])), ['recent']);
  assert.equal(texts(await take([old])), ['old']);
  await stores.remove();
});

test('D3: a feed whose beginning never came has no owner: nothing of it is stored', async () => {
  const { conversation, reader, give, stored, stores } = await reading();
  const writer = new Writer({ conversation });
  await give(writer);
  await writer.say('one');
  const second = await writer.say('two');
  const { document, client } = second.position;
  const run = { client, clock: 1, device: undefined, envelopes: [second.envelope] };
  assert.equal(await reader.take(document, { gap: false, runs: [run] }), { entries: [], waiting: [] });
  assert.equal(await stored(document), []);
  assert.not.ok(reader.owns(document, client));
  await stores.remove();
});

test('U8: what was acknowledged is kept as if the server had sent it, without the chain', async () => {
  const { conversation, reader, reopen } = await reading();
  const writer = new Writer({ conversation, ...self });
  const event = encodeEvent(createMessage({ text: 'mine', clock: { wall: 3, counter: 0 } }));
  const { position } = await writer.seal(event);
  const content: OpenContent = {
    ...{ status: 'open', device: self.device, generation: 1, seq: 0, prev: new Uint8Array(16), epoch: 0 },
    ...{ iteration: 0, event, own: true },
  };
  const read = await reader.keepOwn([{ position, content }]);
  assert.equal([texts(read), read.entries[0]!.account], [['mine'], self.account]);
  const again = await reopen();
  assert.equal(texts(await again.reader.load(parseDocumentName(position.document).document.segment)), [
    'mine',
  ]);
  await again.stores.remove();
});

test.run();
