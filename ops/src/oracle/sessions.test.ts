import { type CiphertextMessage, mlKem1024 } from '@sotto/client/crypto';
import { kyberRound3, seededRandom } from '@sotto/client/testing/crypto';
import * as assert from 'uvu/assert';
import type { OfficialLibrary } from './official-library.js';
import { OfficialPeer } from './official-peer.js';
import { officialSuite } from './official-suite.js';
import type { BundleOptions, SessionPeer } from './session-peer.js';
import { SottoPeer } from './sotto-peer.js';

const { test, run } = await officialSuite('sessions', '0.90');

type Scenario = (a: SessionPeer, b: SessionPeer) => Promise<void>;

/** Plays a scenario twice: Sotto takes the first part in one, the second in the other. */
function both(title: string, scenario: Scenario): void {
  const ours = () => new SottoPeer('sotto');
  const theirs = (official: OfficialLibrary) => new OfficialPeer('official', official);
  test(`${title}: Sotto begins`, (official) => scenario(ours(), theirs(official)));
  test(`${title}: the official library begins`, (official) => scenario(theirs(official), ours()));
}

/** Sends a text and checks that it arrives as sent. */
async function say(from: SessionPeer, to: SessionPeer, text: string): Promise<void> {
  assert.is(await to.decrypt(from.name, await from.encrypt(to.name, text)), text);
}

async function begin(a: SessionPeer, b: SessionPeer, options?: BundleOptions): Promise<void> {
  await a.begin(b.name, await b.publish(options));
}

/** A session that both sides have used. */
async function established(a: SessionPeer, b: SessionPeer): Promise<void> {
  await begin(a, b);
  await say(a, b, 'hello');
  await say(b, a, 'welcome');
}

async function refusal(to: SessionPeer, from: SessionPeer, message: CiphertextMessage): Promise<unknown> {
  try {
    await to.decrypt(from.name, message);
  } catch (error) {
    return error;
  }
  throw new Error('was accepted');
}

async function assertReplayRefused(to: SessionPeer, from: SessionPeer, message: CiphertextMessage) {
  const error = await refusal(to, from, message);
  assert.ok(to.isDuplicate(error), `${to.name} refused as ${String(error)}`);
}

function flipped({ type, body }: CiphertextMessage, at: number): CiphertextMessage {
  const changed = new Uint8Array(body);
  changed[at]! ^= 1;
  return { type, body: changed };
}

test('control: with the secrets of ML-KEM as it is nothing opens, either way', async (official) => {
  const plain = { ...mlKem1024, keyType: kyberRound3.keyType, secretKeyLength: 64 };
  const [ours, theirs] = [new SottoPeer('sotto', plain), new OfficialPeer('official', official)];
  await begin(ours, theirs);
  await refusal(theirs, ours, await ours.encrypt(theirs.name, 'other secret'));
  const [us, them] = [new SottoPeer('sotto', plain), new OfficialPeer('official', official)];
  await begin(them, us);
  await refusal(us, them, await them.encrypt(us.name, 'other secret'));
});

for (const oneTime of [true, false])
  both(`a session ${oneTime ? 'with' : 'without'} a one-time pre-key`, async (a, b) => {
    await begin(a, b, { oneTime });
    const first = await a.encrypt(b.name, 'hello');
    assert.is(first.type, 3);
    assert.is(await b.decrypt(a.name, first), 'hello');
    await say(a, b, 'before the answer');
    await say(b, a, 'welcome');
    const next = await a.encrypt(b.name, 'established');
    assert.is(next.type, 2);
    assert.is(await b.decrypt(a.name, next), 'established');
  });

both('texts of every length around the cipher block', async (a, b) => {
  await established(a, b);
  for (let length = 0; length <= 33; length++) await say(a, b, 'x'.repeat(length));
  await say(b, a, 'é€😀'.repeat(2_000));
});

both('out of order, within and across ratchet steps', async (a, b) => {
  await begin(a, b);
  const early: CiphertextMessage[] = [];
  for (let i = 0; i < 4; i++) early.push(await a.encrypt(b.name, `early ${i}`));
  assert.is(await b.decrypt(a.name, early[2]!), 'early 2');
  await say(b, a, 'turn');
  const later = [await a.encrypt(b.name, 'later 0'), await a.encrypt(b.name, 'later 1')];
  assert.is(await b.decrypt(a.name, later[1]!), 'later 1');
  for (const i of [3, 0, 1]) assert.is(await b.decrypt(a.name, early[i]!), `early ${i}`);
  assert.is(await b.decrypt(a.name, later[0]!), 'later 0');
});

both('messages are lost, the first among them', async (a, b) => {
  await begin(a, b);
  await a.encrypt(b.name, 'lost');
  await say(a, b, 'heard');
  await b.encrypt(a.name, 'lost');
  await say(b, a, 'heard too');
  // More than the keys that are kept for skipped messages.
  for (let i = 0; i < 2_100; i++) await a.encrypt(b.name, 'lost');
  await say(a, b, 'after a long silence');
  await say(b, a, 'still here');
});

both('replayed messages are refused, and nothing is lost by it', async (a, b) => {
  await begin(a, b);
  const first = await a.encrypt(b.name, 'first');
  assert.is(await b.decrypt(a.name, first), 'first');
  await assertReplayRefused(b, a, first);
  await say(b, a, 'answer');
  const messages = [await a.encrypt(b.name, 'm0'), await a.encrypt(b.name, 'm1')];
  for (const i of [1, 0]) assert.is(await b.decrypt(a.name, messages[i]!), `m${i}`);
  for (const message of [...messages, first]) await assertReplayRefused(b, a, message);
  await say(a, b, 'goes on');
  await say(b, a, 'goes on');
});

both('changed messages are refused, and the true one still opens', async (a, b) => {
  await begin(a, b);
  const first = await a.encrypt(b.name, 'first');
  // Neither side authenticates the registration id, nor the official library the first byte; these steps pass over both.
  for (let at = 1; at < first.body.length; at += 97) {
    await b.decrypt(a.name, flipped(first, at)).then(
      () => assert.unreachable(`byte ${at} of a pre-key message`),
      () => undefined,
    );
  }
  assert.is(await b.decrypt(a.name, first), 'first');
  await say(b, a, 'answer');
  const message = await a.encrypt(b.name, 'true');
  for (let at = 0; at < message.body.length; at++) await refusal(b, a, flipped(message, at));
  assert.is(await b.decrypt(a.name, message), 'true');
});

both('a message turned back on its sender is refused', async (a, b) => {
  await established(a, b);
  await refusal(a, b, await a.encrypt(b.name, 'mirror'));
  await say(b, a, 'no harm done');
});

both('a bundle with a signature of someone else is refused', async (a, b) => {
  const bundle = await b.publish();
  const other = await b.publish();
  const wrong = [
    { ...bundle, signedPreKeySignature: other.signedPreKeySignature },
    { ...bundle, kyberPreKeySignature: other.kyberPreKeySignature },
    { ...bundle, kyberPreKeySignature: bundle.signedPreKeySignature },
    { ...bundle, identityKey: (await a.publish()).identityKey },
  ];
  for (const bad of wrong) {
    const begun = await a.begin(b.name, bad).then(
      () => true,
      () => false,
    );
    assert.not(begun);
  }
  await a.begin(b.name, bundle);
  await say(a, b, 'the true one');
});

both('sessions begun at once: all arrives, both come to use the same', async (a, b) => {
  await begin(a, b);
  await begin(b, a);
  const fromA = [await a.encrypt(b.name, 'a0'), await a.encrypt(b.name, 'a1')];
  const fromB = [await b.encrypt(a.name, 'b0'), await b.encrypt(a.name, 'b1')];
  assert.is(await b.decrypt(a.name, fromA[0]!), 'a0');
  assert.is(await a.decrypt(b.name, fromB[0]!), 'b0');
  assert.is(await a.decrypt(b.name, fromB[1]!), 'b1');
  assert.is(await b.decrypt(a.name, fromA[1]!), 'a1');
  for (let round = 0; round < 5; round++) {
    await say(a, b, `a ${round}`);
    await say(b, a, `b ${round}`);
  }
  assert.is((await a.encrypt(b.name, 'settled')).type, 2);
  assert.is((await b.encrypt(a.name, 'settled')).type, 2);
});

both('a new session over an old one: what was under way still arrives', async (a, b) => {
  await established(a, b);
  const old = [await a.encrypt(b.name, 'old 0'), await b.encrypt(a.name, 'old 1')];
  await begin(a, b);
  await say(a, b, 'new');
  assert.is(await b.decrypt(a.name, old[0]!), 'old 0');
  await say(b, a, 'answer');
  assert.is(await a.decrypt(b.name, old[1]!), 'old 1');
  for (let round = 0; round < 3; round++) {
    await say(a, b, 'goes on');
    await say(b, a, 'goes on');
  }
});

both('a long alternation with loss, delay and repetition', async (a, b) => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  process.stdout.write(`alternation: seed ${seed}\n`);
  const random = seededRandom(seed);
  await established(a, b);
  interface Flight {
    readonly at: number;
    readonly from: SessionPeer;
    readonly to: SessionPeer;
    readonly text: string;
    readonly message: CiphertextMessage;
  }
  const flying: Flight[] = [];
  const arrived: Flight[] = [];
  let [opened, replays] = [0, 0];
  for (let i = 0; i < 600; i++) {
    const [from, to] = random.below(2) ? [a, b] : [b, a];
    flying.push({ at: i, from, to, text: `m${i}`, message: await from.encrypt(to.name, `m${i}`) });
    if (random.below(10) === 0) flying.splice(random.below(flying.length), 1);
    // Late by four messages at most: both sides keep the chains of five ratchet steps.
    while (flying.length > 3 || (flying[0] && flying[0].at <= i - 4)) {
      const next = flying[0]!.at <= i - 4 ? 0 : random.below(2);
      const [flight] = flying.splice(next, 1);
      assert.is(await flight!.to.decrypt(flight!.from.name, flight!.message), flight!.text);
      arrived.push(flight!);
      opened++;
    }
    const again = arrived[arrived.length - 1 - random.below(4)];
    if (again && random.below(5) === 0) {
      await assertReplayRefused(again.to, again.from, again.message);
      replays++;
    }
  }
  assert.ok(opened > 450 && replays > 50, `${opened} opened, ${replays} replayed`);
});

run();
