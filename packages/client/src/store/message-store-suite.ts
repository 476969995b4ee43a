import {
  type AccountId,
  type ConversationId,
  type DocumentName,
  documentName,
  type LogName,
  logName,
  parseDocumentName,
  randomId,
} from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../crypto/seeded-random.js';
import { StoreError } from './errors.js';
import type { MessageStore, StoredEnvelope } from './message-store.js';

/** One place on a disk; opening it again shows what was written. */
export interface MessageStorePlace {
  open(): Promise<MessageStore>;
}

const newLog = (): LogName => logName('m', randomId<ConversationId>());
const content = (text: string) => new TextEncoder().encode(text);

function envelope(document: DocumentName, client: number, clock: number, text = ''): StoredEnvelope {
  return { document, client, clock, content: content(text || `${client}:${clock}`) };
}

const plain = (envelopes: readonly StoredEnvelope[]) =>
  envelopes.map(({ document, client, clock, content: body }) => [document, client, clock, [...body].join()]);

const byPosition = (a: StoredEnvelope, b: StoredEnvelope) => a.client - b.client || a.clock - b.clock;

/**
 * What every message store keeps to.
 * @param driver its name, for the titles
 * @param place makes a new, empty place
 */
export function runMessageStoreSuite(driver: string, place: () => Promise<MessageStorePlace>): void {
  const test = suite(`message store: ${driver}`);

  test('a segment holds its own envelopes only, by client, clocks ascending', async () => {
    const store = await (await place()).open();
    const [one, other] = [newLog(), newLog()];
    const document = documentName(one, 1);
    const mine = [
      envelope(document, 2 ** 53 - 1, 0),
      envelope(document, 9, 10),
      envelope(document, 9, 9),
      envelope(document, 10, 0),
      envelope(document, 9, 100),
    ];
    await store.put([
      ...mine,
      envelope(documentName(one, 10), 9, 0),
      envelope(documentName(one, 0), 9, 0),
      envelope(documentName(other, 1), 9, 0),
      envelope(documentName(`r${one.slice(1)}` as LogName, 1), 9, 0),
    ]);
    assert.equal(plain(await store.segment(document)), plain(mine.sort(byPosition)));
    assert.equal(await store.segment(documentName(one, 2)), []);
    await store.destroy();
  });

  test('long runs written as fresh are kept together and read like any others; what is put to them later replaces', async () => {
    const at = await place();
    const store = await at.open();
    const document = documentName(newLog(), 3);
    const run = (client: number, from: number, count: number) =>
      Array.from({ length: count }, (_, index) => envelope(document, client, from + index));
    const long = [...run(7, 0, 300), ...run(9, 0, 8), ...run(11, 0, 3), ...run(13, 5, 20)];
    await store.putFresh([...long, envelope(documentName(newLog(), 3), 7, 0)]);
    assert.equal(plain(await store.segment(document)), plain([...long].sort(byPosition)));
    assert.equal([...(await store.stateVector(document))].sort(), [
      [11, 3],
      [7, 300],
      [9, 8],
    ]);
    const late = [envelope(document, 7, 40, 'opened'), envelope(document, 7, 300)];
    await store.put(late);
    await store.putFresh(run(13, 0, 5));
    await store.close();
    const again = await at.open();
    const kept = await again.segment(document);
    assert.is(kept.length, long.length + 6);
    assert.equal(plain(kept.filter(({ client, clock }) => client === 7 && clock === 40)), plain([late[0]!]));
    assert.equal([...(await again.stateVector(document))].sort(), [
      [11, 3],
      [13, 25],
      [7, 301],
      [9, 8],
    ]);
    await again.putFresh(run(7, 0, 256));
    assert.equal(plain(await again.segment(document)), plain(kept), 'again, as after a crash');
    assert.equal(await again.segments(parseDocumentName(document).log), [3]);
    await again.destroy();
  });

  test('property: fresh runs, in whatever pieces, read the same as envelopes put one by one', async () => {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    // biome-ignore lint/suspicious/noConsole: it runs in browsers too, where there is no process
    console.log(`${driver} runs: seed ${seed}`);
    const random = seededRandom(seed);
    const [runs, singles] = [await (await place()).open(), await (await place()).open()];
    const document = documentName(newLog(), 0);
    const next = new Map<number, number>();
    for (let round = 0; round < 12; round += 1) {
      const batch = Array.from({ length: 1 + random.below(3) }, () => {
        const client = 1 + random.below(3);
        const from = next.get(client) ?? 0;
        const count = 1 + random.below(40);
        next.set(client, from + count);
        return Array.from({ length: count }, (_, index) => envelope(document, client, from + index));
      }).flat();
      await runs.putFresh(batch);
      await singles.put(batch);
      const changed = batch
        .filter(() => random.below(10) === 0)
        .map(({ client, clock }) => envelope(document, client, clock, `${round}`));
      await runs.put(changed);
      await singles.put(changed);
    }
    assert.equal(plain(await runs.segment(document)), plain(await singles.segment(document)));
    assert.equal(await runs.stateVector(document), await singles.stateVector(document));
    await runs.destroy();
    await singles.destroy();
  });

  test('a state vector counts contiguous envelopes from 0 only', async () => {
    const store = await (await place()).open();
    const document = documentName(newLog(), 0);
    await store.put([
      ...[0, 1, 2, 4, 5].map((clock) => envelope(document, 7, clock)),
      envelope(document, 8, 1),
      envelope(document, 300, 0),
    ]);
    assert.equal([...(await store.stateVector(document))].sort(), [
      [300, 1],
      [7, 3],
    ]);
    await store.put([envelope(document, 7, 3), envelope(document, 8, 0)]);
    assert.equal([...(await store.stateVector(document))].sort(), [
      [300, 1],
      [7, 6],
      [8, 2],
    ]);
    assert.is((await store.stateVector(documentName(newLog(), 0))).size, 0);
    await store.destroy();
  });

  test('segments of a log come ascending, each once, those of other logs never', async () => {
    const store = await (await place()).open();
    const log = newLog();
    for (const segment of [12, 0, 999_999, 2])
      await store.put([0, 1, 2].map((clock) => envelope(documentName(log, segment), 5, clock)));
    await store.put([envelope(documentName(newLog(), 3), 5, 0)]);
    assert.equal(await store.segments(log), [0, 2, 12, 999_999]);
    assert.equal(await store.segments(newLog()), []);
    await store.destroy();
  });

  test('an envelope that is there already is replaced by another body and kept for an equal one', async () => {
    const store = await (await place()).open();
    const document = documentName(newLog(), 0);
    await store.put([envelope(document, 1, 0, 'sealed'), envelope(document, 1, 1, 'same')]);
    await store.put([
      envelope(document, 1, 0, 'opened'),
      envelope(document, 1, 1, 'same'),
      envelope(document, 1, 2, 'new'),
    ]);
    await store.put([envelope(document, 1, 0, 'opened again')]);
    assert.equal(
      (await store.segment(document)).map((found) => new TextDecoder().decode(found.content)),
      ['opened again', 'same', 'new'],
    );
    await store.destroy();
  });

  test('of one position given twice in a batch the last one stands', async () => {
    const store = await (await place()).open();
    const document = documentName(newLog(), 0);
    await store.put([envelope(document, 1, 0, 'first'), envelope(document, 1, 0, 'last')]);
    assert.equal(plain(await store.segment(document)), plain([envelope(document, 1, 0, 'last')]));
    await store.put([]);
    await store.destroy();
  });

  test('a batch larger than one write of the database is stored whole', async () => {
    const store = await (await place()).open();
    const document = documentName(newLog(), 0);
    const many = Array.from({ length: 700 }, (_, clock) => envelope(document, 3, clock));
    await store.put(many);
    assert.is((await store.segment(document)).length, 700);
    assert.equal([...(await store.stateVector(document))], [[3, 700]]);
    await store.destroy();
  });

  test('an envelope of the largest size comes back byte for byte', async () => {
    const store = await (await place()).open();
    const document = documentName(newLog(), 0);
    const random = seededRandom(65_536);
    const large = { document, client: 1, clock: 0, content: random.bytes(65_536) };
    await store.put([large]);
    assert.equal(plain(await store.segment(document)), plain([large]));
    await store.destroy();
  });

  test('a position out of range is refused', async () => {
    const store = await (await place()).open();
    const document = documentName(newLog(), 0);
    for (const [client, clock] of [
      [-1, 0],
      [2 ** 53, 0],
      [1, -1],
      [1, 0.5],
      [1, 2 ** 32],
    ] as const) {
      const refused = await store.put([envelope(document, client, clock)]).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.instance(refused, RangeError);
    }
    assert.equal(await store.segment(document), []);
    await store.destroy();
  });

  test('records change, are listed by prefix and go', async () => {
    const store = await (await place()).open();
    const account = randomId<AccountId>();
    await store.putRecord('summary/b', content('1'));
    await store.putRecord('summary/a', content('2'));
    await store.putRecord(`draft/${account}`, content('3'));
    for (let round = 0; round < 5; round += 1) await store.putRecord('summary/b', content(`again ${round}`));
    assert.equal(
      (await store.records('summary/')).map(([key, value]) => [key, new TextDecoder().decode(value)]),
      [
        ['summary/a', '2'],
        ['summary/b', 'again 4'],
      ],
    );
    await store.removeRecord('summary/b');
    await store.removeRecord('summary/b');
    await store.removeRecord('summary/never');
    assert.is(await store.record('summary/b'), undefined);
    assert.equal((await store.records('')).length, 2);
    await store.putRecord('summary/b', content('back'));
    assert.equal([...(await store.record('summary/b'))!], [...content('back')]);
    await store.destroy();
  });

  test('records and envelopes never meet', async () => {
    const store = await (await place()).open();
    const log = newLog();
    const document = documentName(log, 0);
    await store.put([envelope(document, 1, 0)]);
    await store.putRecord(document, content('record'));
    assert.is((await store.segment(document)).length, 1);
    assert.equal(await store.segments(log), [0]);
    assert.is((await store.records('')).length, 1);
    await store.destroy();
  });

  test('calls begun at once all hold, and of one record or position the last call stands', async () => {
    const store = await (await place()).open();
    const document = documentName(newLog(), 0);
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await Promise.all([
          store.put([envelope(document, 1, 0, `body ${index}`), envelope(document, 2, index)]),
          store.putRecord('one', content(`value ${index}`)),
        ]);
      }),
    );
    assert.equal([...(await store.record('one'))!], [...content('value 19')]);
    const found = await store.segment(document);
    assert.is(found.length, 21);
    assert.equal([...found[0]!.content], [...content('body 19')]);
    await store.destroy();
  });

  test('what was written is there after closing and opening again, and gone after destroying', async () => {
    const at = await place();
    const document = documentName(newLog(), 0);
    const first = await at.open();
    await first.put([envelope(document, 1, 0)]);
    await first.putRecord('kept', content('x'));
    await first.close();
    const second = await at.open();
    assert.is((await second.segment(document)).length, 1);
    assert.ok(await second.record('kept'));
    await second.destroy();
    const third = await at.open();
    assert.equal(await third.segment(document), []);
    assert.is(await third.record('kept'), undefined);
    await third.destroy();
  });

  test('a write that the database refuses says so, and the ones after it are tried', async () => {
    const store = await (await place()).open();
    const document = documentName(newLog(), 0);
    await store.close();
    for (const write of [
      () => store.put([envelope(document, 1, 0)]),
      () => store.putRecord('a', content('x')),
    ]) {
      const error = await write().catch((reason: unknown) => reason);
      assert.instance(error, StoreError);
      assert.is((error as StoreError).code, 'store/write-failed');
    }
  });

  test('behaves as a map of positions does, whatever is written (property)', async () => {
    const random = seededRandom(Math.floor(Math.random() * 2 ** 32));
    const store = await (await place()).open();
    const documents = [0, 1, 10].map((segment) => documentName(newLog(), segment));
    const model = new Map<string, StoredEnvelope>();
    for (let step = 0; step < 25; step += 1) {
      const batch = Array.from({ length: random.below(12) }, () => ({
        document: documents[random.below(3)]!,
        client: 1 + random.below(3),
        clock: random.below(12),
        content: random.bytes(random.below(3)),
      }));
      await store.put(batch);
      for (const item of batch) model.set(`${item.document}/${item.client}/${item.clock}`, item);
      const document = documents[random.below(3)]!;
      const expected = [...model.values()].filter((item) => item.document === document).sort(byPosition);
      assert.equal(plain(await store.segment(document)), plain(expected), `seed ${random.seed}`);
      const vector = await store.stateVector(document);
      for (const client of [1, 2, 3]) {
        const clocks = new Set(expected.filter((item) => item.client === client).map(({ clock }) => clock));
        let next = 0;
        while (clocks.has(next)) next += 1;
        assert.is(vector.get(client) ?? 0, next, `seed ${random.seed}`);
      }
    }
    await store.destroy();
  });

  test.run();
}
