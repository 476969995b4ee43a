import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, SessionSnapshot } from '@sotto/client';
import { type ConversationId, type DeviceId, logName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hears } from '../people/hears.js';
import { newPerson, PASSWORD } from '../people/person.js';
import { accountElements } from './testing/account-elements.js';
import { acquaint, untilSent } from './testing/converging.js';
import type { CrashPoint } from './testing/crash-points.js';
import { Mortal } from './testing/mortal.js';
import { deviceOf, linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';
import { type Life, walkCrashPoints } from './testing/walk-crash-points.js';

/**
 * A device dies once on either side of every write while it takes itself off its account and is removed from its browser: the person
 * who asks for it again has it gone, and the others have new keys.
 */
const test = suite('crash points, leaving');

const NAMES = ['phone', 'laptop', 'pete'] as const;
interface Kept {
  readonly folder: string;
  readonly cookies: readonly string[];
}

interface Begun {
  readonly kept: string;
  readonly server: string;
  readonly devices: Readonly<Record<(typeof NAMES)[number], Kept>>;
  readonly conversation: ConversationId;
  readonly leaving: DeviceId;
}

async function beginning(): Promise<Begun> {
  const servers = await runServers();
  const { a, b, conversation } = await acquaint(servers, 'olga', 'pete');
  const phone = await linkByPassword(servers, 'olga');
  await phone.untilList((list) => list.length === 1);
  await phone.engine.calls.send({ conversation, text: 'from the phone' });
  await untilSent(phone);
  for (const person of [a, b]) await hears(person, conversation, 'from the phone');
  const leaving = await deviceOf(phone);
  const kept = await mkdtemp(join(tmpdir(), 'sotto-leaving-'));
  const devices: Partial<Record<(typeof NAMES)[number], Kept>> = {};
  for (const [name, person] of [
    ['phone', phone],
    ['laptop', a],
    ['pete', b],
  ] as const) {
    await person.engine.close();
    await cp(person.folder, join(kept, name), { recursive: true });
    await rm(person.folder, { recursive: true });
    devices[name] = { folder: join(kept, name), cookies: person.cookies() };
  }
  await servers.stop();
  await cp(servers.folder, join(kept, 'server'), { recursive: true });
  await servers.remove();
  return {
    ...{ kept, conversation, leaving, server: join(kept, 'server') },
    devices: devices as Begun['devices'],
  };
}

function sessionOf(engine: Engine): Promise<SessionSnapshot> {
  return new Promise((resolve) => {
    const stop = engine.watch('session', null, (session) => {
      if (session.state === 'starting') return;
      queueMicrotask(() => stop());
      resolve(session);
    });
  });
}

/** @returns the writes of the phone's first life, and how often it died */
async function liveOnce(begun: Begun, point?: CrashPoint): Promise<Life> {
  const { conversation, leaving, devices } = begun;
  const servers = await runServers(begun.server);
  const phone = await Mortal.begin(servers.origin, devices.phone, point);
  const others = await Promise.all(
    (['laptop', 'pete'] as const).map(async (name) => {
      const folder = await mkdtemp(join(tmpdir(), 'sotto-leaving-'));
      await cp(devices[name].folder, folder, { recursive: true });
      const { cookies } = devices[name];
      return newPerson(servers, name === 'pete' ? 'pete' : 'olga', { folder, cookies });
    }),
  );
  const [laptop, pete] = [others[0]!, others[1]!];
  try {
    // Signed out it may be known still: whoever asks again has it forgotten.
    await phone.insist(async (engine) => {
      const session = await sessionOf(engine);
      if (session.state === 'signed-in' || (session.state === 'signed-out' && session.known))
        await engine.calls.removeFromBrowser({ password: PASSWORD });
    });
    const { writes } = phone;
    const after = await phone.insist(sessionOf);
    assert.ok(after.state === 'signed-out' && after.known === null, JSON.stringify(after));
    await laptop.untilDevices((list) => !list.devices.some(({ id }) => id === leaving));
    const inbox = await servers.stores.log.head(logName('i', leaving));
    await laptop.engine.calls.send({ conversation, text: 'without the phone' });
    await hears(pete, conversation, 'without the phone');
    assert.equal(await servers.stores.log.head(logName('i', leaving)), inbox, 'no key went to it');
    await laptop.engine.calls.answerRequest({ conversation, answer: 'block' });
    await untilSent(laptop);
    const elements = await accountElements(servers, 'olga');
    const isByNewest = async () => (await elements.generations()).includes(0);
    for (let waited = 0; !(await isByNewest()); waited += 1)
      assert.ok(waited < 20, 'sealed by the key that the device which left does not have');
    assert.equal([...phone.faults, ...others.flatMap(({ faults }) => faults)], []);
    return { writes, deaths: phone.deaths };
  } finally {
    await phone.remove();
    for (const person of others) await person.remove();
    await servers.remove();
  }
}

const begun = await beginning();
test.after(() => rm(begun.kept, { recursive: true }));

test('U11 K7 S6: whichever write it dies at, it goes, and the others go on under keys that it does not have', () =>
  walkCrashPoints((point) => liveOnce(begun, point), ['account-intent', 'account-notice'], {
    atOnce: 2,
    among: (writes) => [writes.findIndex((write) => write.includes('account-intent')) + 1, writes.length],
    // What comes of conversations meanwhile: receiving is about that.
    without: (write) => !write.startsWith('keys '),
    leastDeaths: 0.5,
  }));

test.run();
