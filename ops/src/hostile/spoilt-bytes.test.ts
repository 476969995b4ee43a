import { seededRandom } from '@sotto/client/testing/crypto';
import { DecodeError } from '@sotto/protocol';
import * as assert from 'uvu/assert';
import { wholeTimeline } from '../engine/testing/whole-timeline.js';
import { isMessage, type Person, said } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { spoiling } from './testing/spoiling.js';

const ROUNDS = 8;
/** At most, until the server has had its chance. */
const MOST_ROUNDS = 90;
const SPOILT = 20;
const ENVELOPES = 4;
const DAYS_MS = 3 * 86_400_000;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

/** A server, or a network, that changes any byte of any frame and any answer. */
attackTest(import.meta.url, {
  threat: 'T15',
  title: `whatever bytes are changed, nothing else is shown, and everything comes once they are not: SEED=${seed}`,
  checks: [
    {
      what: 'that what made no sense is asked for again',
      file: 'packages/client/dist/engine/room/log-reader.js',
      find: "await this.#doubt(contents.filter(({ content }) => content.status === 'refused')",
      replace: 'await (async () => {})(contents',
    },
  ],
  async attempt(world) {
    const random = seededRandom(seed);
    let ahead = 0;
    const now = () => Date.now() + ahead;
    const server = spoiling(random, 3);
    const { conversation } = world;
    const options = { fetch: server.fetch, openSocket: server.openSocket, now };
    const [mara, noor] = [await world.person('mara', options), await world.person('noor', options)];
    const sent = ['mara: from mara', 'noor: from noor'];
    const wrong: string[] = [];
    const lacking = new Map<string, string[]>();
    const stop = [mara, noor].map(({ engine }) =>
      engine.watch('timeline', conversation, (timeline) => {
        wrong.push(...said(timeline).filter((text) => !sent.includes(text)));
      }),
    );
    server.on = true;
    const isDone = () => server.spoilt >= SPOILT && server.envelopes >= ENVELOPES;
    for (let round = 0; round < ROUNDS || (!isDone() && round < MOST_ROUNDS); round += 1) {
      for (const person of [mara, noor]) {
        sent.push(`${person.name}: line ${round}`);
        await person.engine.calls.send({ conversation, text: `line ${round}` });
      }
      await pause(250);
      // What cut a connection off is not waited for.
      for (const person of round % 3 === 2 ? [mara, noor] : []) await person.engine.calls.reconnect();
      // What a spoilt answer had them believe for as long as they run may keep both from saying anything.
      for (const person of round % 15 === 14 ? [mara, noor] : []) await person.reload();
    }
    await world.served(isDone);
    server.on = false;
    for (const end of stop) end();
    ahead = DAYS_MS;
    for (const person of [mara, noor]) await person.reload();
    for (const person of [mara, noor]) await retryFailed(person);
    for (const person of [mara, noor])
      await world.noticed(
        () => isWhole(person),
        () => `not everything came to ${person.name}: ${lacking.get(person.name)}`,
      );
    assert.equal(wrong, [], 'shown, though nobody wrote it');
    for (const fault of [...mara.faults, ...noor.faults]) assert.ok(isTyped(fault), String(fault));

    /** What a spoilt refusal gave up is seen, and goes out when its author says so. */
    async function retryFailed(person: Person): Promise<void> {
      const { items } = await wholeTimeline(person, conversation);
      for (const { id } of items.filter(isMessage).filter(({ mark }) => mark === 'failed'))
        await person.engine.calls.retry({ conversation, event: id });
    }

    async function isWhole(person: Person): Promise<boolean> {
      const timeline = await wholeTimeline(person, conversation);
      const texts = said(timeline);
      lacking.set(
        person.name,
        sent.filter((text) => !texts.includes(text)),
      );
      const isReadable = timeline.items.every(({ kind }) => kind === 'message');
      return isReadable && [...texts].sort().join() === [...sent].sort().join();
    }
  },
});

function isTyped(fault: unknown): boolean {
  return fault instanceof DecodeError || typeof (fault as { code?: unknown }).code === 'string';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
