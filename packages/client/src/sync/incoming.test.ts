import type { ConversationId, DeviceId } from '@sotto/protocol';
import {
  DecodeError,
  documentName,
  EMPTY_UPDATE,
  encodeStruct,
  feedRoot,
  joinUpdate,
  LIMITS,
  logName,
  randomId,
} from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mutate, seededRandom } from '../crypto/seeded-random.js';
import { temporaryStores } from '../store/testing/temporary-stores.js';
import { envelopesIn, Incoming } from './incoming.js';

const test = suite('incoming updates');
const document = documentName(logName('m', randomId<ConversationId>()), 0);
const ada = randomId<DeviceId>();
const ben = randomId<DeviceId>();
const stores = await temporaryStores();
test.after(() => stores.remove());

interface Piece {
  readonly client: number;
  readonly from: number;
  readonly to: number;
  readonly root?: string;
}

/** Envelopes `from` to `to - 1` of each feed, each saying its clock. */
function update(...pieces: readonly Piece[]): Uint8Array {
  return pieces.length === 1 ? joinRun(pieces[0]!) : joinUpdate(pieces.flatMap(records));
}

function joinRun(piece: Piece): Uint8Array {
  return joinUpdate(records(piece));
}

function records({ client, from, to, root = feedRoot(ada, client) }: Piece) {
  return Array.from({ length: to - from }, (_, index) => {
    const clock = from + index;
    return { document, client, clock, body: encodeStruct(root, client, clock, Uint8Array.of(clock)) };
  });
}

/** Runs as `client: clock clock…`. */
async function fresh(incoming: Incoming, bytes: Uint8Array) {
  const { runs, gap } = await incoming.fresh(document, bytes);
  return {
    gap,
    runs: runs.map(({ client, clock, device, envelopes }) => ({
      client,
      clock,
      device,
      envelopes: envelopes.map((envelope) => envelope[0]),
    })),
  };
}

const incoming = () => new Incoming(stores.messages);

test('W5: a feed from its beginning is new, and says whose it is', async () => {
  assert.equal(await fresh(incoming(), update({ client: 5, from: 0, to: 3 })), {
    gap: false,
    runs: [{ client: 5, clock: 0, device: ada, envelopes: [0, 1, 2] }],
  });
});

test('W5: what is stored is skipped, wholly or up to where it ends', async () => {
  const at = incoming();
  await at.vector(document);
  at.stored(document, 5, 3);
  assert.equal(await fresh(at, update({ client: 5, from: 0, to: 3 })), { gap: false, runs: [] });
  assert.equal(await fresh(at, update({ client: 5, from: 1, to: 5 })), {
    gap: false,
    runs: [{ client: 5, clock: 3, device: undefined, envelopes: [3, 4] }],
  });
});

test('W5: a hole is said, and what is beyond it is not taken; other feeds are', async () => {
  const at = incoming();
  await at.vector(document);
  at.stored(document, 5, 3);
  const bytes = update({ client: 5, from: 4, to: 6 }, { client: 9, from: 0, to: 1, root: feedRoot(ben, 9) });
  assert.equal(await fresh(at, bytes), {
    gap: true,
    runs: [{ client: 9, clock: 0, device: ben, envelopes: [0] }],
  });
});

test('W5: the empty answer brings nothing', async () => {
  assert.equal(await fresh(incoming(), EMPTY_UPDATE), { gap: false, runs: [] });
});

test('U6: the vector is what is stored, counts on, and never goes back', async () => {
  const put = (clocks: readonly number[]) =>
    stores.messages.put(
      clocks.map((clock) => ({ document, client: 77, clock, content: Uint8Array.of(clock) })),
    );
  await put([0, 1, 3]);
  const at = incoming();
  assert.equal([...(await at.vector(document))], [[77, 2]]);
  at.stored(document, 77, 4);
  at.stored(document, 77, 3);
  at.stored(document, 78, 1);
  assert.equal(
    new Map(await at.vector(document)),
    new Map([
      [77, 4],
      [78, 1],
    ]),
  );
  assert.is(envelopesIn(await at.vector(document)), 5);
});

test('U6: readers that begin at once count in one vector', async () => {
  const at = incoming();
  const [first, second] = await Promise.all([at.vector(document), at.vector(document)]);
  at.stored(document, 80, 9);
  assert.is(first.get(80), 9);
  assert.is(second.get(80), 9);
});

test('D3: a feed under a root that is not its own is left out; the others of the update are taken', async () => {
  const good = { client: 9, from: 0, to: 1, root: feedRoot(ben, 9) };
  const hostile = [
    '',
    'f',
    'f..5',
    `f.${ada}`,
    feedRoot(ada, 6),
    `${feedRoot(ada, 5)}.1`,
    `f.${ada}.05`,
    `f.${ada}.9007199254740993`,
    `f.${ada.slice(1)}.5`,
    `g.${ada}.5`,
    'meta',
    '__proto__',
    'x'.repeat(10_000),
  ];
  for (const root of hostile) {
    const { runs, gap } = await fresh(incoming(), update({ client: 5, from: 0, to: 2, root }, good));
    assert.equal(
      [gap, runs],
      [false, [{ client: 9, clock: 0, device: ben, envelopes: [0] }]],
      root.slice(0, 40),
    );
  }
});

test('U1 U3: a malformed update is refused, and nothing of it counts', async () => {
  const random = seededRandom(Number(process.env.SEED ?? Date.now() % 0x7fffffff));
  process.stdout.write(`incoming updates: SEED=${random.seed}\n`);
  const at = incoming();
  const valid = update({ client: 5, from: 0, to: 3 }, { client: 9, from: 0, to: 2, root: feedRoot(ben, 9) });
  const before = new Map(await at.vector(document));
  let refused = 0;
  for (let round = 0; round < 500; round += 1) {
    try {
      await at.fresh(document, mutate(random, valid));
    } catch (error) {
      assert.instance(error, DecodeError);
      refused += 1;
    }
  }
  assert.ok(refused > 250, `${refused} of 500 refused`);
  assert.equal(new Map(await at.vector(document)), before);
  assert.equal((await fresh(at, valid)).runs.length, 2);
});

test('U4: an answer over its bounds is refused', async () => {
  const most = update({ client: 5, from: 0, to: LIMITS.answerStructs });
  assert.is((await incoming().fresh(document, most)).runs[0]!.envelopes.length, LIMITS.answerStructs);
  await incoming()
    .fresh(document, update({ client: 5, from: 0, to: LIMITS.answerStructs + 1 }))
    .then(
      () => assert.unreachable(),
      (error) => assert.is(error.fault, 'too-many'),
    );
});

test.run();
