import { EventEmitter as NodeEventEmitter } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as Y from 'yjs';
import { bundled } from './testing/bundled.js';

/** What stands in the worker for parts of libraries that it does not bundle, against those parts. */
const test = suite('left out of the bundle');

interface Bundle {
  readonly Y: typeof Y;
  readonly EventEmitter: typeof NodeEventEmitter;
  readonly stringMd5: (text: string) => string;
}

const {
  Y: bundledY,
  EventEmitter,
  stringMd5,
} = await bundled<Bundle>(`
  import * as Y from 'yjs';
  export { Y };
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

/** One change of a kind that a newer version might make to a document of this one. */
function changeSomething(doc: Y.Doc, below: (limit: number) => number): void {
  const map = doc.getMap<unknown>('standings');
  const text = doc.getText('text');
  const xml = doc.getXmlFragment('xml');
  const changes = [
    () => map.set(`plain ${below(5)}`, below(100)),
    () => map.set(`text ${below(3)}`, new Y.Text('hello')),
    () => text.insert(below(text.length + 1), 'xy', below(2) ? { bold: true } : {}),
    () => text.length > 2 && text.delete(below(text.length - 1), 1),
    () => text.length > 2 && text.format(0, below(text.length), { bold: below(2) ? true : null }),
    () => xml.insert(0, [new Y.XmlElement(`p${below(3)}`), new Y.XmlText('abc')]),
    () => xml.length > 0 && xml.delete(0, 1),
    () => map.set('hook', new Y.XmlHook('name')),
  ];
  changes[below(changes.length)]!();
}

/** All there is in such a document, in a form that can be compared. */
function contents(doc: Y.Doc): unknown {
  const plain = Object.entries(doc.getMap('standings').toJSON()).sort(([a], [b]) => (a < b ? -1 : 1));
  return [plain, doc.getText('text').toDelta(), doc.getXmlFragment('xml').toString()];
}

test('U8: texts and XML of newer versions are kept, merged and passed on whole', () => {
  const below = numbersFrom(SEED);
  let changed = 0;
  for (let round = 0; round < 40; round += 1) {
    const updates: Uint8Array[] = [];
    const newer = [new Y.Doc(), new Y.Doc()];
    const ours = new bundledY.Doc();
    for (const doc of newer) doc.on('update', (update: Uint8Array) => updates.push(update));
    ours.on('update', (update: Uint8Array, origin: unknown) => origin === 'own' && updates.push(update));
    for (let step = 0; step < 40; step += 1) {
      if (below(5) === 0) ours.transact(() => ours.getMap('standings').set(`ours ${below(4)}`, step), 'own');
      else changeSomething(newer[below(2)]!, below);
      if (updates.length === 0) continue;
      // Late, early and twice.
      const update = updates[below(updates.length)]!;
      bundledY.applyUpdate(ours, update);
      Y.applyUpdate(newer[below(2)]!, update);
    }
    for (const doc of newer) for (const update of [...updates]) Y.applyUpdate(doc, update);
    for (const update of updates.toReversed()) bundledY.applyUpdate(ours, update);
    for (const update of updates) Y.applyUpdate(newer[0]!, update);
    const passedOn = new Y.Doc();
    Y.applyUpdate(passedOn, bundledY.encodeStateAsUpdate(ours));
    assert.equal(contents(passedOn), contents(newer[0]!), `round ${round} of seed ${SEED}`);
    assert.ok(updates.length > 20);
    changed += updates.length;
  }
  assert.ok(changed > 800, `${changed} updates`);
});

test('a text cannot be read where its code is left out', () => {
  const doc = new bundledY.Doc();
  assert.throws(
    () => doc.getText('text').toString(),
    (error: { code?: unknown }) => error.code === 'build/left-out',
  );
});

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
