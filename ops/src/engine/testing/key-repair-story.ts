import type { Engine } from '@sotto/client';
import { decodeOwnChain, distributionId } from '@sotto/client/conversation';
import type { ConversationId } from '@sotto/protocol';
import * as assert from 'uvu/assert';
import { acquaint } from '../../people/acquaint.js';
import { isMessage, newPerson, signUp } from '../../people/person.js';
import type { CrashPoint } from './crash-points.js';
import { keepDevices } from './kept-devices.js';
import { Mortal } from './mortal.js';
import { deviceOf } from './own-devices.js';
import { runServers } from './running-servers.js';
import { storesWithin } from './stores-within.js';
import { assertKeysUsedOnce } from './used-once.js';
import { type Life, walkCrashPoints } from './walk-crash-points.js';

/** A chain is asked for after three seconds. */
const AT_ONCE = 8;
/** Who got no answer asks again after a quarter of a minute, and then after a minute. */
const WAIT_MS = 100_000;

async function beginning() {
  const servers = await runServers();
  const within = storesWithin();
  const mara = await newPerson(servers, 'mara');
  const noor = await newPerson(servers, 'noor', { profiles: within.profiles });
  for (const person of [mara, noor]) await signUp(servers, person);
  const conversation = await acquaint(mara, noor);
  const devices = [await deviceOf(mara), await deviceOf(noor)];
  await noor.untilTimeline(conversation, ({ items }) => items.filter(isMessage).length === 2);
  // Its own it could not ask anybody for.
  const own = (await within.now.keys.list('chain/own/')).map(([, value]) =>
    distributionId(decodeOwnChain(value)),
  );
  for (const [key] of await within.now.keys.list('chain/in/'))
    if (!own.some((id) => key.endsWith(id))) assert.is((await within.forget(key)).length, 1);
  assert.ok((await within.forget('signal/session/')).length > 0);
  return { conversation, devices, kept: await keepDevices(servers, [mara, noor]) };
}

function texts(
  engine: Engine,
  conversation: ConversationId,
  isDone: (texts: readonly string[]) => boolean,
): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let stop = () => {};
    let shown: readonly string[] = [];
    const late = setTimeout(() => {
      stop();
      reject(new Error(`it stayed so: ${shown}`));
    }, WAIT_MS);
    // One that a death left behind keeps no process.
    late.unref();
    stop = engine.watch('timeline', conversation, ({ items }) => {
      shown = items.map((item) => (isMessage(item) ? item.text : item.kind));
      if (!isDone(shown)) return;
      clearTimeout(late);
      queueMicrotask(() => stop());
      resolve(shown);
    });
  });
}

/** A person looks before repeating himself. */
async function say(mortal: Mortal, conversation: ConversationId, text: string): Promise<void> {
  await mortal.insist(async (engine) => {
    const shown = await texts(engine, conversation, () => true);
    if (!shown.includes(text)) await engine.calls.send({ conversation, text });
  });
}

const isWhole = (shown: readonly string[]) =>
  shown.length >= 3 && !shown.includes('waiting') && !shown.includes('unreadable');

async function liveOnce(
  { conversation, devices, kept }: Awaited<ReturnType<typeof beginning>>,
  who: 'mara' | 'noor',
  point?: CrashPoint,
): Promise<Life> {
  const servers = await runServers(kept.server);
  const mara = await Mortal.begin(servers.origin, kept.of('mara'), who === 'mara' ? point : undefined);
  const noor = await Mortal.begin(servers.origin, kept.of('noor'), who === 'noor' ? point : undefined);
  try {
    await say(mara, conversation, 'without a key');
    await noor.insist((engine) => texts(engine, conversation, isWhole));
    await say(noor, conversation, 'healed');
    const isAll = (shown: readonly string[]) => isWhole(shown) && shown.length >= 4;
    for (const mortal of [mara, noor]) {
      const shown = await mortal.insist((engine) => texts(engine, conversation, isAll));
      assert.equal([...shown].sort(), ['from mara', 'from noor', 'healed', 'without a key']);
    }
    await assertKeysUsedOnce(servers, [conversation], devices);
    assert.equal([...mara.faults, ...noor.faults], []);
    const { writes, deaths } = { mara, noor }[who];
    return { writes: [...writes], deaths };
  } finally {
    await mara.remove();
    await noor.remove();
    await servers.remove();
  }
}

/**
 * Noor has lost the chain that Mara writes by, and the session between them: she asks for it, Mara gives it again.
 * @param who dies once on either side of each write meanwhile
 * @param about writes that have to be among those
 */
export async function walkKeyRepair(who: 'mara' | 'noor', about: readonly string[]): Promise<void> {
  const begun = await beginning();
  try {
    await walkCrashPoints((point) => liveOnce(begun, who, point), about, { atOnce: AT_ONCE });
  } finally {
    await begun.kept.remove();
  }
}
