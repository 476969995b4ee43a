import { EventEmitter as NodeEventEmitter } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundled } from './testing/bundled.js';

/** What stands in the worker for parts of libraries that it does not bundle, against those parts. */
const test = suite('left out of the bundle');

interface Bundle {
  readonly EventEmitter: typeof NodeEventEmitter;
  readonly stringMd5: (text: string) => string;
}

const { EventEmitter, stringMd5 } = await bundled<Bundle>(`
    export { default as EventEmitter } from 'events';
  export { stringMd5 } from 'pouchdb-md5';
`);

const SEED = Number(process.env.SEED ?? 20_261);

/** A small generator of pseudo-random numbers (mulberry32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test('no MD5 is taken of a document: it gets a revision of chance, also where it was deleted before', () => {
  const revisions = [stringMd5('text'), stringMd5('text')];
  for (const revision of revisions) assert.match(revision, /^[0-9a-f]{32}$/);
  assert.is.not(revisions[0], revisions[1]);
});

/** Does the same with an emitter of either kind, and says what was heard. */
function emitterStory(Emitter: typeof NodeEventEmitter, seed: number): string {
  const below = numbersFrom(seed);
  const heard: string[] = [];
  // PouchDB makes some without the constructor.
  const emitters = [new Emitter(), Object.create(Emitter.prototype) as NodeEventEmitter];
  const listeners = Array.from({ length: 4 }, (_, nth) =>
    Object.assign((...values: unknown[]) => {
      heard.push(`${nth} hears ${values.join()}`);
      if (below(6) === 0) emitters[below(2)]!.removeListener('a', listeners[below(4)]!);
      if (below(6) === 0) emitters[below(2)]!.once('b', listeners[below(4)]!);
    }, {}),
  );
  for (let step = 0; step < 300; step += 1) {
    const target = emitters[below(2)]!;
    const name = ['a', 'b', 'error'][below(3)]!;
    const listener = listeners[below(4)]!;
    const acts = [
      () => target.on(name, listener) === target,
      () => target.once(name, listener) === target,
      () => target.removeListener(name, listener) === target,
      () => target.emit(name, step, 'with'),
      () => target.emit(name, step),
      () => below(5) === 0 && target.removeAllListeners(name) === target,
      () => target.listenerCount(name),
      () => target.listeners(name).map((one) => listeners.indexOf(one as (typeof listeners)[0])),
    ];
    const act = below(acts.length);
    try {
      heard.push(`${act}: ${String(acts[act]!())}`);
    } catch {
      heard.push(`${act}: threw`);
    }
  }
  return heard.join('\n');
}

test("PouchDB's emitter does what Node's does", () => {
  for (let seed = SEED; seed < SEED + 100; seed += 1)
    assert.is(emitterStory(EventEmitter, seed), emitterStory(NodeEventEmitter, seed), `seed ${seed}`);
});

test.run();
