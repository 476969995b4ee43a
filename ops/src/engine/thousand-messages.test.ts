import type { TimelineSnapshot } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import { documentName, LIMITS, logName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, type Person, signUp } from './testing/person.js';
import { runServers } from './testing/running-servers.js';
import { variedTexts } from './testing/varied-texts.js';
import { wholeTimeline } from './testing/whole-timeline.js';

/** Long conversations of real-world text between two engines, through the real servers. */
const test = suite('a thousand messages, headless');
const servers = await runServers();
test.after(() => servers.remove());

/** Of the corpus; the same texts every time. */
const SEED = 20_260;
/** Without any message going out. */
const STUCK_MS = 15_000;

interface Said {
  readonly by: string;
  readonly text: string;
}

const messages = ({ items }: TimelineSnapshot) => items.filter(isMessage);
const saidIn = (timeline: TimelineSnapshot): Said[] =>
  messages(timeline).map(({ author, text }) => ({ by: author.username, text }));

/** Compares texts by their bytes, and says where they differ first rather than printing all of them. */
function assertSame(actual: readonly Said[], expected: readonly Said[], about: string): void {
  const differs = expected.findIndex(
    ({ by, text }, index) =>
      actual[index]?.by !== by ||
      !Buffer.from(text, 'utf16le').equals(Buffer.from(actual[index].text, 'utf16le')),
  );
  const shown = (said: Said | undefined) => said && `${said.by}: ${JSON.stringify(said.text.slice(0, 60))}`;
  assert.ok(
    differs < 0,
    `${about}: ${differs} is ${shown(actual[differs])} in place of ${shown(expected[differs])}`,
  );
  assert.is(actual.length, expected.length, `${about}: how many`);
}

/** Two people who know each other. */
async function pair(a: string, b: string): Promise<{ a: Person; b: Person; conversation: ConversationId }> {
  const [first, second] = [await newPerson(servers, a), await newPerson(servers, b)];
  await signUp(servers, first);
  await signUp(servers, second);
  const { conversation } = await first.engine.calls.startDirect({ username: b });
  await first.engine.calls.send({ conversation, text: `${a} begins` });
  await second.untilList((list) => list.length === 1);
  await second.engine.calls.answerRequest({ conversation, answer: 'accept' });
  return { a: first, b: second, conversation };
}

/** Waits until nothing of somebody's own is on its way any more; for as long as it becomes less. */
function untilSent(person: Person): Promise<void> {
  return new Promise((resolve, reject) => {
    let least = Number.POSITIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop = () => {};
    const stuck = () => {
      stop();
      reject(new Error(`${person.name} does not get rid of ${least} messages: ${person.faults.map(String)}`));
    };
    stop = person.engine.watch('connection', null, ({ queued }) => {
      if (queued >= least) return;
      least = queued;
      clearTimeout(timer);
      if (queued > 0) timer = setTimeout(stuck, STUCK_MS);
      else {
        queueMicrotask(() => stop());
        resolve();
      }
    });
  });
}

/** Both ends, scrolled back to the beginning, show the same, and of each author exactly what was sent, in order. */
async function assertConverged(
  people: readonly Person[],
  conversation: ConversationId,
  sent: readonly Said[],
  about: string,
): Promise<void> {
  const seen: Said[][] = [];
  for (const person of people) {
    const whole = await wholeTimeline(person, conversation, (now) => messages(now).length >= sent.length);
    assert.is(whole.items.length, messages(whole).length, `${about}: everything opened`);
    seen.push(saidIn(whole));
  }
  assertSame(seen[0]!, seen[1]!, `${about}, one end and the other`);
  for (const author of new Set(sent.map(({ by }) => by)))
    assertSame(
      seen[0]!.filter(({ by }) => by === author),
      sent.filter(({ by }) => by === author),
      `${about}, of ${author}`,
    );
}

test('U7: a thousand varied texts round-trip byte for byte, over segments and a chain rollover', async () => {
  const { a: mara, b: noor, conversation } = await pair('mara', 'noor');
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
  for (const person of [mara, noor]) await person.remove();
});

test('U8: the server stops twice within a long conversation, and nothing is lost, doubled or moved', async () => {
  const { a: teo, b: ilse, conversation } = await pair('teo', 'ilse');
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
  for (const person of [teo, ilse]) await person.remove();
});

test('U8: who only listened while the log grew by segments writes into its newest one', async () => {
  const { a: samir, b: dina, conversation } = await pair('samir', 'dina');
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
  for (const person of [samir, dina]) await person.remove();
});

test.run();
