import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as Y from 'yjs';
import { ByteWriter } from '../bytes/writer.js';
import { DecodeError } from '../errors/decode-error.js';
import { LIMITS } from '../limits.js';
import { DOCUMENT, yjsWriter } from '../testing/feeds.js';
import { ANSWER, DEVICE_UPDATE, parseUpdate } from './parse-update.js';
import { encodeStruct } from './struct.js';

const test = suite('hostile updates');
const CLIENT = 300;
const ROOT = yjsWriter(CLIENT).root;

/** An update with these runs, each struct given as raw bytes; the delete set is empty unless stated. */
function update(runs: { client: number; clock: number; structs: Uint8Array[] }[], deletes = [0]): Uint8Array {
  const writer = new ByteWriter().varUint(runs.length);
  for (const { client, clock, structs } of runs) {
    writer.varUint(structs.length).varUint(client).varUint(clock);
    for (const struct of structs) writer.raw(struct);
  }
  return writer.raw(Uint8Array.from(deletes)).finish();
}

function one(clock: number, struct: Uint8Array): Uint8Array {
  return update([{ client: CLIENT, clock, structs: [struct] }]);
}

function refused(bytes: Uint8Array, fault: DecodeError['fault'], bounds = DEVICE_UPDATE): void {
  assert.throws(
    () => parseUpdate(bytes, DOCUMENT, bounds),
    (error: unknown) => error instanceof DecodeError && error.fault === fault,
  );
}

const first = encodeStruct(ROOT, CLIENT, 0, Uint8Array.of(7));
const next = encodeStruct(ROOT, CLIENT, 1, Uint8Array.of(8));

test('[U1] control: the same encoder makes an update that is accepted', () => {
  assert.is(parseUpdate(one(0, first), DOCUMENT, DEVICE_UPDATE)[0]!.records.length, 1);
  assert.is(parseUpdate(one(1, next), DOCUMENT, DEVICE_UPDATE)[0]!.clock, 1);
});

test('[U3] a GC struct', () => refused(one(0, Uint8Array.of(0, 1)), 'update-grammar'));
test('[U3] a GC struct in the middle of a feed', () =>
  refused(one(5, Uint8Array.of(0, 1)), 'update-grammar'));
test('[U3] a Skip', () => refused(one(0, Uint8Array.of(10, 1)), 'update-grammar'));

test('[U3] a Skip that Yjs itself writes for a hole', () => {
  const writer = yjsWriter(CLIENT);
  for (let clock = 0; clock < 3; clock += 1) writer.push([Uint8Array.of(clock)]);
  refused(Y.mergeUpdates([writer.updates[0]!, writer.updates[2]!]), 'update-grammar');
});

test('[U3] parentSub', () => {
  const doc = new Y.Doc();
  doc.clientID = CLIENT;
  doc.getMap(ROOT).set('key', Uint8Array.of(1));
  refused(Y.encodeStateAsUpdate(doc), 'update-grammar');
});

test('[U3] a right origin: an insertion before what is there', () => {
  const writer = yjsWriter(CLIENT);
  writer.push([Uint8Array.of(1)]);
  writer.doc.getArray<Uint8Array>(ROOT).insert(0, [Uint8Array.of(2)]);
  refused(writer.updates[1]!, 'update-grammar');
});

test('[U3] an insertion between two envelopes of the own feed', () => {
  const writer = yjsWriter(CLIENT);
  writer.push([Uint8Array.of(1), Uint8Array.of(2)]);
  writer.doc.getArray<Uint8Array>(writer.root).insert(1, [Uint8Array.of(3)]);
  refused(writer.updates[1]!, 'update-grammar');
});

test("[U3] an origin in another's feed", () => {
  const victim = yjsWriter(CLIENT + 1);
  victim.push([Uint8Array.of(1)]);
  const attacker = yjsWriter(CLIENT);
  attacker.push([Uint8Array.of(9)]);
  Y.applyUpdate(attacker.doc, victim.updates[0]!);
  attacker.updates.length = 0;
  attacker.doc.getArray<Uint8Array>(victim.root).push([Uint8Array.of(2)]);
  refused(attacker.updates[0]!, 'update-grammar');
});

test('[U3] an origin at a clock other than the one before', () => {
  const wrong = new ByteWriter().byte(0x83).varUint(CLIENT).varUint(1).varBytes(Uint8Array.of(1)).finish();
  refused(one(1, wrong), 'update-grammar');
  refused(one(3, wrong), 'update-grammar');
});

test('[U2] an origin at clock 0, a root at a later clock', () => {
  refused(one(0, next), 'update-grammar');
  refused(one(1, first), 'update-grammar');
});

test('[U2] a parent that is an item instead of a root', () => {
  const nested = new ByteWriter().byte(0x03).varUint(0).varUint(CLIENT).varUint(0).varBytes(Uint8Array.of(1));
  refused(one(0, nested.finish()), 'update-grammar');
});

test('[U3] every other content type, every other info byte', () => {
  for (let info = 0; info < 256; info += 1) {
    const changed = Uint8Array.from(first);
    changed[0] = info;
    if (info !== 0x03) refused(one(0, changed), 'update-grammar');
    const later = Uint8Array.from(next);
    later[0] = info;
    if (info !== 0x83) refused(one(1, later), 'update-grammar');
  }
});

test('[U3] what Yjs writes for strings, JSON, nested types, formats, deletions', () => {
  const makers: ((array: Y.Array<unknown>) => void)[] = [
    (array) => array.push(['text']),
    (array) => array.push([{ json: true }]),
    (array) => array.push([new Y.Map()]),
    (array) => array.push([new Y.Doc()]),
  ];
  for (const make of makers) {
    const writer = yjsWriter(CLIENT);
    make(writer.doc.getArray(writer.root));
    refused(writer.updates[0]!, 'update-grammar');
  }
});

test('[U1] a delete set', () => {
  const writer = yjsWriter(CLIENT);
  writer.push([Uint8Array.of(1), Uint8Array.of(2)]);
  writer.doc.getArray(writer.root).delete(0);
  refused(writer.updates[1]!, 'update-grammar');
  refused(update([{ client: CLIENT, clock: 0, structs: [first] }], [1, 1, 1, 0, 1]), 'update-grammar');
});

test('[U1] trailing bytes', () => {
  refused(update([{ client: CLIENT, clock: 0, structs: [first] }], [0, 0]), 'trailing-bytes');
  refused(Uint8Array.of(0, 0, 0), 'trailing-bytes');
});

test('[U1] an empty run', () =>
  refused(update([{ client: CLIENT, clock: 0, structs: [] }]), 'update-grammar'));

test('[U1] a client twice, clients in rising order', () => {
  const run = { client: CLIENT, clock: 0, structs: [first] };
  refused(update([run, run]), 'update-grammar', ANSWER);
  refused(update([run, { ...run, client: CLIENT + 1 }]), 'update-grammar', ANSWER);
});

test('[U4] a second run from a device', () => {
  const run = { client: CLIENT, clock: 0, structs: [first] };
  refused(update([run, { ...run, client: CLIENT - 1 }]), 'too-many');
});

test('[U1] integers longer than they need be', () => {
  const plain = one(0, first);
  // The count of runs, then the count of structs, as two bytes each.
  refused(Uint8Array.from([0x81, 0x00, ...plain.subarray(1)]), 'integer-not-minimal');
  refused(Uint8Array.from([plain[0]!, 0x81, 0x00, ...plain.subarray(2)]), 'integer-not-minimal');
  refused(Uint8Array.from([...plain.subarray(0, -1), 0x80, 0x00]), 'integer-not-minimal');
});

test('[U1] integers beyond 2^53', () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
  refused(Uint8Array.from(huge), 'integer-range', ANSWER);
  refused(Uint8Array.from([1, 1, ...huge]), 'integer-range', ANSWER);
  const top = new ByteWriter()
    .varUint(1)
    .varUint(2)
    .varUint(CLIENT)
    .varUint(Number.MAX_SAFE_INTEGER)
    .finish();
  refused(top, 'integer-range');
});

test('[U4] huge counts are refused before anything is allocated by them', () => {
  const most = Number.MAX_SAFE_INTEGER;
  refused(new ByteWriter().varUint(most).finish(), 'too-many', ANSWER);
  refused(new ByteWriter().varUint(1).varUint(most).varUint(1).varUint(0).finish(), 'too-many', ANSWER);
  refused(new ByteWriter().varUint(1).varUint(257).varUint(1).varUint(0).finish(), 'too-many');
  const long = new ByteWriter().byte(0x83).varUint(CLIENT).varUint(0).varUint(most).finish();
  refused(one(1, long), 'truncated');
});

test('[U4] the bounds on count hold over all runs together', () => {
  const runs = [3, 2].map((client) => ({
    client,
    clock: 0,
    structs: [encodeStruct(ROOT, client, 0, Uint8Array.of(1))],
  }));
  assert.is(parseUpdate(update(runs), DOCUMENT, { ...ANSWER, structs: 2 }).length, 2);
  refused(update(runs), 'too-many', { ...ANSWER, structs: 1 });
});

test('[U4] an envelope at its limit is accepted, one byte more is not', () => {
  const sized = (length: number) => one(0, encodeStruct(ROOT, CLIENT, 0, new Uint8Array(length)));
  assert.is(
    parseUpdate(sized(LIMITS.envelopeBytes), DOCUMENT, DEVICE_UPDATE)[0]!.structs[0]!.envelope.length,
    65_536,
  );
  refused(sized(LIMITS.envelopeBytes + 1), 'too-large');
});

test('[U1] every truncation of an update', () => {
  const whole = update([{ client: CLIENT, clock: 0, structs: [first, next] }]);
  for (let length = 0; length < whole.length; length += 1) refused(whole.subarray(0, length), 'truncated');
});

test('[U2] a root that is not UTF-8', () => {
  const bad = new ByteWriter().byte(3).varUint(1).varBytes(Uint8Array.of(0xff)).varBytes(Uint8Array.of(1));
  refused(one(0, bad.finish()), 'text-encoding');
});

test.run();
