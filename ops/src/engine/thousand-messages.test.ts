import { documentName, LIMITS, logName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, type Person } from '../people/person.js';
import { acquaint, assertConverged, type Said, untilSent } from './testing/converging.js';
import { runServers } from './testing/running-servers.js';
import { variedTexts } from './testing/varied-texts.js';

/** Long conversations of real-world text between two engines, through the real servers. */
const test = suite('a thousand messages, headless');
const servers = await runServers();
const people: Person[] = [];
test.after(async () => {
  for (const person of people) await person.remove();
  await servers.remove();
});

/** Of the corpus; the same texts every time. */
const SEED = 20_260;

test('U7: a thousand varied texts round-trip byte for byte, over segments and a chain rollover', async () => {
  const { a: mara, b: noor, conversation } = await acquaint(servers, 'mara', 'noor');
  people.push(mara, noor);
  const sent: Said[] = [{ by: 'mara', text: 'mara begins' }];
  const texts = variedTexts(1_200, SEED);
  assert.ok(texts.some((text) => Buffer.byteLength(text) > 19_000));
  for (const [index, text] of texts.entries()) {
    const by = index % 10 === 9 ? noor : mara;
    await by.engine.calls.send({ conversation, text });
    sent.push({ by: by.name, text });
  }
  assert.ok(sent.filter(({ by }) => by === 'mara').length > LIMITS.chainEnvelopes);
  await untilSent(mara);
  await untilSent(noor);

  await assertConverged([mara, noor], conversation, sent, 'live');
  const head = await servers.stores.log.head(logName('m', conversation));
  assert.ok(head.segment >= 4, `segments up to ${head.segment}`);
  const state = await servers.stores.log.head(logName('s', conversation));
  assert.is(state.count, 2, 'the creation and one new epoch');

  for (const person of [mara, noor]) await person.reload();
  await assertConverged([mara, noor], conversation, sent, 'reopened');
  assert.equal([...mara.faults, ...noor.faults], []);
});

test('U8: the server stops twice within a long conversation, and nothing is lost, doubled or moved', async () => {
  const { a: teo, b: ilse, conversation } = await acquaint(servers, 'teo', 'ilse');
  people.push(teo, ilse);
  const sent: Said[] = [{ by: 'teo', text: 'teo begins' }];
  const texts = variedTexts(640, SEED + 1);
  for (const [index, text] of texts.entries()) {
    // Away, then back while both go on writing.
    if (index === 150 || index === 450) await servers.stop();
    if (index === 250 || index === 500) {
      await servers.start();
      for (const person of [teo, ilse]) await person.engine.calls.reconnect();
    }
    const by = index % 3 === 0 ? ilse : teo;
    await by.engine.calls.send({ conversation, text });
    sent.push({ by: by.name, text });
  }
  await untilSent(teo);
  await untilSent(ilse);
  await assertConverged([teo, ilse], conversation, sent, 'live');
  for (const person of [teo, ilse]) await person.reload();
  await assertConverged([teo, ilse], conversation, sent, 'reopened');
  assert.equal([...teo.faults, ...ilse.faults], []);
});

test('U8: who only listened while the log grew by segments writes into its newest one', async () => {
  const { a: samir, b: dina, conversation } = await acquaint(servers, 'samir', 'dina');
  people.push(samir, dina);
  const sent: Said[] = [{ by: 'samir', text: 'samir begins' }];
  const say = async (by: Person, text: string) => {
    await by.engine.calls.send({ conversation, text });
    sent.push({ by: by.name, text });
  };
  await say(dina, 'dina is in segment 0');
  await untilSent(dina);
  for (let index = 0; index < 3 * LIMITS.segmentSoft; index += 1) await say(samir, `${index}`);
  await untilSent(samir);
  await dina.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === '767'),
  );
  await say(dina, 'dina after a long silence');
  await untilSent(dina);
  await assertConverged([samir, dina], conversation, sent, 'live');
  const log = logName('m', conversation);
  const head = await servers.stores.log.head(log);
  assert.is(head.segment, 3);
  const clients = new Set<number>();
  for (let segment = 0; segment <= head.segment; segment += 1)
    for (const client of (await servers.stores.log.stateVector(documentName(log, segment))).keys())
      clients.add(client);
  assert.is(clients.size, 2, 'nobody was refused and had to take a fresh client id');
});

test.run();
