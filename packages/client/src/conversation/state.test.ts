import { type ConversationId, encodeCbor, idBytes, type Position, toBase64url } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sign } from '../crypto/index.js';
import { permutations, shuffles } from './arrival-orders.js';
import { groupConversationId } from './direct.js';
import { clock, codeOf, id, positionAt } from './envelope-fixture.js';
import { fuzzDecoder } from './fuzz-decoder.js';
import { compareBytes, shortHash } from './hash.js';
import { createStateKey, openStateEnvelope, sealStateEnvelope } from './state-envelope.js';
import { decodeStateEvent, encodeStateEvent, STATE_EVENT_LABEL, stateEventHash } from './state-event.js';
import {
  ada,
  admitting,
  ben,
  creation,
  devices,
  direct,
  epoch,
  eve,
  hashOf,
  said,
  verified,
} from './state-fixture.js';
import { foldState, stateHead } from './state-fold.js';
import {
  readStateEvent,
  signStateEvent,
  type VerifiedStateEvent,
  verifyStateEvent,
} from './state-signature.js';

const test = suite('state');

/** What two creations of one conversation agree on. */
function inCommon({ state }: ReturnType<typeof foldState>) {
  return { ...state, members: state?.members.map(({ account, identities }) => [account, identities]) };
}

/** A fold as text, for comparing. */
function shown(events: readonly VerifiedStateEvent[], conversation = direct): string {
  const fold = foldState(conversation, events);
  const heads = fold.heads.map(toBase64url);
  const refused = [...fold.refused].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ ...fold, heads, head: toBase64url(fold.head), refused });
}

/** An event of a type that only later programs know. */
async function unknown(by: typeof ada, parents: readonly Uint8Array[], counter: number) {
  const { conversation, device, account } = said(by, parents, counter);
  const ids = { conversation: idBytes(conversation), device: idBytes(device), account: idBytes(account) };
  const body = { name: 'anything' };
  const fields = { v: 1, type: 'weather', ...ids, parents, clock: [clock.wall, 0], counter, body };
  const content = encodeCbor(fields);
  const label = new TextEncoder().encode(STATE_EVENT_LABEL);
  const signature = sign(by.keys.privateKey, Uint8Array.from([...label, ...content]));
  return await verifyStateEvent(encodeCbor([content, signature]), conversation, devices);
}

test('X11 state events come back and verify', async () => {
  const create = creation(ada);
  const next = epoch(ben, 1, [stateEventHash(encodeStateEvent(create))]);
  assert.equal(decodeStateEvent(encodeStateEvent(create)), create);
  assert.equal(decodeStateEvent(encodeStateEvent(next)), next);
  assert.equal((await verified(create, ada)).event, create);
  assert.equal((await verified(next, ben)).event, next);
});

test('X11 the hash names the content, whatever valid signature it comes with', () => {
  const [one, two] = [signStateEvent(creation(ada), ada.keys), signStateEvent(creation(ada), ada.keys)];
  assert.is.not(toBase64url(one), toBase64url(two));
  assert.equal([...hashOf(one)], [...hashOf(two)]);
  assert.equal(readStateEvent(one).event, creation(ada));
});

test('X11 an author who is not whom he says is refused', async () => {
  const create = creation(ada);
  const verify = (signed: Uint8Array, by = devices) => codeOf(() => verifyStateEvent(signed, direct, by));
  assert.is(await verify(signStateEvent(create, ada.keys)), undefined);
  assert.is(await verify(signStateEvent(create, eve.keys)), 'conversation/forged');
  const inHerName = { ...create, account: ada.account, device: eve.device };
  assert.is(await verify(signStateEvent(inHerName, eve.keys)), 'conversation/forged');
  const nobody = () => undefined;
  assert.is(await verify(signStateEvent(create, ada.keys), nobody), 'conversation/unknown-device');
  const elsewhere = { ...create, conversation: id<ConversationId>(1) };
  assert.is(await verify(signStateEvent(elsewhere, ada.keys)), 'conversation/misplaced');
  const members = create.body.members.map((member) => ({ ...member, identity: eve.identity }));
  const otherIdentity = { ...create, body: { ...create.body, members } };
  assert.is(await verify(signStateEvent(otherIdentity, ada.keys)), 'conversation/forged');
});

test('X11 each changed byte of a signed event is refused', async () => {
  const signed = signStateEvent(creation(ada), ada.keys);
  for (let at = 0; at < signed.length; at++) {
    const changed = new Uint8Array(signed);
    changed[at]! ^= 1;
    const code = await codeOf(() => verifyStateEvent(changed, direct, devices));
    assert.ok(code, `byte ${at}`);
  }
});

test('X11 contents that no program writes are refused', async () => {
  const members = creation(ada).body.members;
  const bad = [
    creation(ada, { members: [] }),
    creation(ada, { members: [members[0]!, members[0]!] }),
    creation(ada, { nonce: new Uint8Array(15) }),
    epoch(ada, 0, []),
    { ...epoch(ada, 1, []), counter: -1 },
    { ...epoch(ada, 1, [new Uint8Array(31)]) },
  ];
  for (const [index, event] of bad.entries()) {
    const code = await codeOf(() => decodeStateEvent(encodeStateEvent(event)));
    assert.is(code, 'conversation/malformed', `${index}`);
  }
  const many = Array.from({ length: 65 }, () => new Uint8Array(32));
  assert.is(await codeOf(() => encodeStateEvent(epoch(ada, 1, many))), 'conversation/too-large');
  const later = encodeCbor({ v: 2 });
  assert.is(await codeOf(() => decodeStateEvent(later)), 'conversation/version');
});

test('X12 a creation makes the conversation; epochs rise by one', async () => {
  const create = await verified(creation(ada), ada);
  const one = await verified(epoch(ben, 1, [create.hash]), ben);
  const two = await verified(epoch(ada, 2, [one.hash]), ada);
  const empty = foldState(direct, []);
  assert.is(empty.state, undefined);
  assert.equal([...empty.head], [...shortHash()]);
  const fold = foldState(direct, [create, one, two]);
  assert.is(fold.state?.kind, 'direct');
  assert.is(fold.state?.founder, undefined);
  assert.is(fold.state?.epoch, 2);
  assert.is(fold.counter, 3);
  assert.equal(fold.state?.members.map(({ account }) => account).sort(), [ada.account, ben.account].sort());
  assert.equal([...fold.heads].map(toBase64url), [toBase64url(two.hash)]);
  assert.equal([...fold.head], [...shortHash(two.hash)]);
});

test('X12 the state head covers all heads, in the order of their bytes', () => {
  const heads = [3, 1, 2].map((fill) => new Uint8Array(32).fill(fill));
  const sorted = [...heads].sort(compareBytes);
  assert.equal([...stateHead(heads)], [...shortHash(...sorted)]);
  assert.equal(
    heads.map((head) => head[0]),
    [3, 1, 2],
    'the input is left as it was',
  );
});

test('X12 the same fold in all 5,040 orders: two creations, rival epochs, an unknown type, a stranger', async () => {
  const byAda = await verified(creation(ada), ada);
  const byBen = await verified(creation(ben, { nonce: new Uint8Array(16) }), ben);
  const both = [byAda.hash, byBen.hash];
  const renamed = await unknown(ada, [byAda.hash], 2);
  const rivalA = await verified(epoch(ada, 1, both), ada);
  const rivalB = await verified(epoch(ben, 1, both), ben);
  const stranger = await verified(epoch(eve, 2, [rivalA.hash, rivalB.hash]), eve);
  const after = await verified(epoch(ben, 2, [stranger.hash, renamed.hash]), ben);
  const events = [byAda, byBen, renamed, rivalA, rivalB, stranger, after];
  const folds = new Set(permutations(events).map((order) => shown(order)));
  assert.is(folds.size, 1);
  const fold = foldState(direct, events);
  assert.is(fold.state?.epoch, 2);
  assert.equal([...fold.refused.values()], ['not-a-member']);
  assert.equal(fold.heads.map(toBase64url), [toBase64url(after.hash)], 'what has no effect still counts');
});

test('X12 the same fold of a long random graph in random orders, repetitions included', async () => {
  const events = [await verified(creation(ada), ada)];
  for (let number = 1; number < 24; number++) {
    const by = number % 2 === 0 ? ada : ben;
    const parents = events.slice(-1 - (number % 3)).map(({ hash }) => hash);
    events.push(await verified(epoch(by, Math.ceil(number / 2), parents), by));
  }
  const expected = shown(events);
  for (const order of shuffles('state', events, 200)) assert.is(shown(order), expected);
});

test('X12 two people who create at once are in the same conversation', async () => {
  const [byAda, byBen] = [await verified(creation(ada), ada), await verified(creation(ben), ben)];
  const [first, second] = [foldState(direct, [byAda]), foldState(direct, [byBen])];
  assert.equal(inCommon(first), inCommon(second));
  const both = foldState(direct, [byBen, byAda]);
  assert.equal(inCommon(both), inCommon(first));
  assert.is(both.heads.length, 2);
  assert.is(both.refused.size, 0);
});

test('X12 of creations that do not agree, the one with the lowest hash stands in any order', async () => {
  const nonces = Array.from({ length: 4 }, (_, fill) => new Uint8Array(16).fill(fill));
  const creations = await Promise.all(
    nonces.map((nonce, fill) => {
      const ofBen = { ...admitting(ben), identity: new Uint8Array(33).fill(fill) };
      const ofAda = admitting(ada);
      return verified(creation(ada, { nonce, members: [ofAda, ofBen] }), ada);
    }),
  );
  const [lowest] = [...creations].sort((a, b) => compareBytes(a.hash, b.hash));
  const expected = foldState(direct, [lowest!]).state;
  for (const order of permutations(creations)) assert.equal(foldState(direct, order).state, expected);
});

test('X12 a creation for an id that it does not derive has no effect', async () => {
  const members = creation(ada).body.members;
  const third = admitting(eve);
  const nonce = new Uint8Array(16);
  const group = groupConversationId(ada.account, nonce);
  const cases: [ReturnType<typeof creation>, typeof ada][] = [
    [creation(eve), eve],
    [creation(ada, { members: [members[0]!] }), ada],
    [creation(ada, { members: [...members, third] }), ada],
    [creation(eve, { members: [members[0]!, third] }), eve],
    [creation(ada, { kind: 'group' }), ada],
    [creation(eve, { kind: 'group', nonce, members: [third, ...members] }, group), eve],
    [{ ...creation(ada), parents: [new Uint8Array(32)] }, ada],
  ];
  for (const [index, [event, by]] of cases.entries()) {
    const fold = foldState(event.conversation, [await verified(event, by)]);
    assert.is(fold.state, undefined, `${index}`);
    assert.is(fold.counter, 0);
  }
  const good = await verified(creation(ada, { kind: 'group', nonce }, group), ada);
  assert.is(foldState(group, [good]).state?.founder, ada.account);
});

test('X12 epochs that jump, repeat or go back have no effect', async () => {
  const create = await verified(creation(ada), ada);
  const one = await verified(epoch(ada, 1, [create.hash]), ada);
  for (const [number, parent] of [
    [3, one],
    [1, one],
    [2, create],
    [0xffff_ffff, one],
  ] as const) {
    const wrong = await verified(epoch(ben, number, [parent.hash]), ben);
    const fold = foldState(direct, [create, one, wrong]);
    assert.is(fold.state?.epoch, 1);
    assert.equal([...fold.refused.values()], ['epoch-not-next']);
  }
});

test('X12 events wait for the parents they name', async () => {
  const create = await verified(creation(ada), ada);
  const one = await verified(epoch(ada, 1, [create.hash]), ada);
  const two = await verified(epoch(ada, 2, [one.hash]), ada);
  const fold = foldState(direct, [create, two]);
  assert.is(fold.state?.epoch, 0);
  assert.equal(fold.missing, [toBase64url(one.hash)]);
  assert.equal(fold.heads.map(toBase64url), [toBase64url(create.hash)]);
  assert.is(foldState(direct, [create, two, one]).state?.epoch, 2);
});

const place: Position = {
  document: positionAt().document.replace(/^m/, 's') as Position['document'],
  client: 77,
  clock: 5,
};

test('X10 a state envelope opens at its place under its key, and at no other', async () => {
  const [key, older] = [createStateKey(), createStateKey()];
  const signed = signStateEvent(creation(ada), ada.keys);
  const bytes = await sealStateEnvelope({ key, position: place, signed });
  const open = (position: Position, keys = [older, key], from: Uint8Array = bytes) =>
    openStateEnvelope({ bytes: from, position, keys });
  const opened = await open(place);
  assert.equal(opened.status === 'open' && [...opened.signed], [...signed]);
  assert.equal(await open(place, [older]), { status: 'no-key' });
  const document = place.document.replace(/3$/, '4') as Position['document'];
  for (const moved of [{ document }, { client: 78 }, { clock: 6 }])
    assert.is(await codeOf(() => open({ ...place, ...moved })), 'conversation/forged', JSON.stringify(moved));
  assert.is(await codeOf(() => open(positionAt())), 'conversation/misplaced');
  assert.is(
    await codeOf(() => sealStateEnvelope({ key, position: positionAt(), signed })),
    'conversation/misplaced',
  );
});

test('X10 each changed byte of a state envelope is refused, or names another key', async () => {
  const key = createStateKey();
  const bytes = await sealStateEnvelope({ key, position: place, signed: new Uint8Array(40) });
  assert.is(bytes.length, 159 + 37, 'padded to the first bucket');
  for (let at = 0; at < bytes.length; at++) {
    const changed = new Uint8Array(bytes);
    changed[at]! ^= 0x10;
    const attempt = () => openStateEnvelope({ bytes: changed, position: place, keys: [key] });
    if (at === 0) assert.is(await codeOf(attempt), 'conversation/version');
    else if (at < 9) assert.equal(await attempt(), { status: 'no-key' });
    else assert.is(await codeOf(attempt), 'conversation/forged', `byte ${at}`);
  }
});

test('X10 X11 fuzz: state events and envelopes fail only with typed errors', async () => {
  const key = createStateKey();
  const signed = signStateEvent(creation(ada), ada.keys);
  const bytes = await sealStateEnvelope({ key, position: place, signed });
  await fuzzDecoder('state content', encodeStateEvent(creation(ada)), decodeStateEvent);
  await fuzzDecoder('signed state event', signed, (input) => verifyStateEvent(input, direct, devices), 200);
  const open = (input: Uint8Array) => openStateEnvelope({ bytes: input, position: place, keys: [key] });
  await fuzzDecoder('state envelope', bytes, open, 200);
});

test.run();
