import { ProtocolError } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { acquaint } from '../people/acquaint.js';
import { newPerson, type Person, said, signUp } from '../people/person.js';
import { runServers } from './testing/running-servers.js';

/** Real engines against servers that often have no room for what they are given. */
const test = suite('refused for now, headless');

const RETRY_AFTER_MS = 400;
/** What a timer may be early by. */
const EARLY_MS = 5;

/** A log that refuses whatever comes for the first time, and notes how soon it comes again. */
class Crowded {
  refused = 0;
  /** Appends that came before the time that was asked for. */
  readonly early: number[] = [];
  crowded = false;
  readonly #refusedAt = new Map<string, number>();

  readonly wrap = (log: LogStore): LogStore =>
    new Proxy(log, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name === 'append') return (...given: Parameters<LogStore['append']>) => this.#append(log, given);
        return value.bind(target);
      },
    });

  #append(log: LogStore, given: Parameters<LogStore['append']>): ReturnType<LogStore['append']> {
    const [first] = given[0];
    const key = `${first!.document}/${first!.client}/${first!.clock}`;
    const before = this.#refusedAt.get(key);
    if (before !== undefined && performance.now() < before + RETRY_AFTER_MS - EARLY_MS)
      this.early.push(performance.now() - before);
    if (!this.crowded || before !== undefined) return log.append(...given);
    this.refused += 1;
    this.#refusedAt.set(key, performance.now());
    return Promise.reject(
      new ProtocolError('sync/store-unavailable', { detail: 'no room', retryAfterMs: RETRY_AFTER_MS }),
    );
  }
}

async function converse(
  options: Parameters<typeof runServers>[1],
  rounds: number,
  begin: () => void = () => undefined,
): Promise<void> {
  const servers = await runServers(undefined, options);
  const people: Person[] = [];
  try {
    for (const name of ['ann', 'ben']) {
      const person = await newPerson(servers, name);
      people.push(person);
      await signUp(servers, person);
    }
    const [ann, ben] = people as [Person, Person];
    const conversation = await acquaint(ann, ben);
    begin();
    const expected = ['ann: from ann', 'ben: from ben'];
    for (let round = 0; round < rounds; round += 1)
      for (const person of [ann, ben]) {
        expected.push(`${person.name}: ${round}`);
        await person.engine.calls.send({ conversation, text: `${round}` });
      }
    for (const person of people) {
      const timeline = await person.untilTimeline(
        conversation,
        (shown) => said(shown).length >= expected.length,
      );
      assert.equal(said(timeline).sort(), [...expected].sort(), person.name);
      assert.equal(person.faults, [], person.name);
    }
  } finally {
    for (const person of people) await person.remove();
    await servers.remove();
  }
}

test('S9 S11 a store that has no room for what comes first: nothing is lost or doubled, and nothing comes again before its time', async () => {
  const crowded = new Crowded();
  await converse({ wrapLog: crowded.wrap }, 2, () => {
    crowded.crowded = true;
  });
  assert.ok(crowded.refused >= 3, `${crowded.refused} refused`);
  assert.equal(crowded.early, []);
});

test('S11 an account that may write little at a time: everything arrives once, only later', async () => {
  await converse({ limits: { accountAppendBurst: 24, accountAppendPerSecond: 16 } }, 10);
});

test.run();
