import type { Engine } from '@sotto/client';
import { decodeOwnChain, distributionId } from '@sotto/client/conversation';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { acquaint } from '../people/acquaint.js';
import { isMessage, newPerson, signUp } from '../people/person.js';
import type { CrashPoint } from './testing/crash-points.js';
import { keepDevices } from './testing/kept-devices.js';
import { Mortal } from './testing/mortal.js';
import { deviceOf } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';
import { storesWithin } from './testing/stores-within.js';
import { assertKeysUsedOnce } from './testing/used-once.js';
import { type Life, walkCrashPoints } from './testing/walk-crash-points.js';

/** Who lost a chain asks for it, who has it answers: either device dies once on either side of every write meanwhile. */
const test = suite('crash points, asking for keys and answering');

/** A chain is asked for after three seconds. */
const AT_ONCE = 8;

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

const { conversation, devices, kept } = await beginning();
test.after(() => kept.remove());

function texts(engine: Engine, isDone: (texts: readonly string[]) => boolean): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const stop = engine.watch('timeline', conversation, ({ items }) => {
      const shown = items.map((item) => (isMessage(item) ? item.text : item.kind));
      if (!isDone(shown)) return;
      queueMicrotask(() => stop());
      resolve(shown);
    });
  });
}

async function say(mortal: Mortal, text: string): Promise<void> {
  await mortal.insist(async (engine) => {
    if (!(await texts(engine, () => true)).includes(text)) await engine.calls.send({ conversation, text });
  });
}

async function liveOnce(who: 'mara' | 'noor', point?: CrashPoint): Promise<Life> {
  const servers = await runServers(kept.server);
  const mara = await Mortal.begin(servers.origin, kept.of('mara'), who === 'mara' ? point : undefined);
  const noor = await Mortal.begin(servers.origin, kept.of('noor'), who === 'noor' ? point : undefined);
  try {
    await say(mara, 'without a key');
    const isWhole = (shown: readonly string[]) => shown.length >= 3 && !shown.includes('waiting');
    await noor.insist((engine) => texts(engine, isWhole));
    await say(noor, 'healed');
    for (const mortal of [mara, noor])
      assert.equal(
        [
          ...(await mortal.insist((engine) => texts(engine, (shown) => isWhole(shown) && shown.length >= 4))),
        ].sort(),
        ['from mara', 'from noor', 'healed', 'without a key'],
      );
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

test('U8 X18 S6: whichever write the asking device dies at, the key comes', () =>
  walkCrashPoints((point) => liveOnce('noor', point), ['post', 'chain', 'signal'], AT_ONCE));

test('U8 X18 S6: whichever write the answering device dies at, the key is given again', () =>
  walkCrashPoints((point) => liveOnce('mara', point), ['post', 'signal'], AT_ONCE));

test.run();
