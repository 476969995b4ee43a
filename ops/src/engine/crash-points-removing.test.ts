import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConversationId, DeviceId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPerson, PASSWORD, type Person } from '../people/person.js';
import { accountElements } from './testing/account-elements.js';
import { acquaint } from './testing/converging.js';
import type { CrashPoint } from './testing/crash-points.js';
import { Mortal } from './testing/mortal.js';
import { deviceOf, linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';
import { stateEvents, untilStateEvents } from './testing/state-log.js';
import { type Life, walkCrashPoints } from './testing/walk-crash-points.js';

/** A device dies once on either side of every write while it removes another one: a third one has the new keys all the same. */
const test = suite('crash points, removing a device');

interface Begun {
  readonly server: string;
  readonly laptop: { readonly folder: string; readonly cookies: readonly string[] };
  readonly tablet: { readonly folder: string; readonly cookies: readonly string[] };
  readonly conversation: ConversationId;
  readonly phone: DeviceId;
  readonly kept: string;
}

const copied = async (from: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-removing-'));
  await cp(from, folder, { recursive: true });
  return folder;
};

async function beginning(): Promise<Begun> {
  const servers = await runServers();
  const { a, b, conversation } = await acquaint(servers, 'olga', 'pete');
  const [phone, tablet] = [await linkByPassword(servers, 'olga'), await linkByPassword(servers, 'olga')];
  await tablet.untilList((list) => list.length === 1);
  const removed = await deviceOf(phone);
  for (const person of [a, b, phone, tablet]) await person.engine.close();
  await servers.stop();
  const kept = await mkdtemp(join(tmpdir(), 'sotto-removing-'));
  const keep = async (name: string, folder: string) => {
    await cp(folder, join(kept, name), { recursive: true });
    return join(kept, name);
  };
  const begun = {
    server: await keep('server', servers.folder),
    laptop: { folder: await keep('laptop', a.folder), cookies: a.cookies() },
    tablet: { folder: await keep('tablet', tablet.folder), cookies: tablet.cookies() },
    ...{ conversation, phone: removed, kept },
  };
  for (const person of [a, b, phone, tablet]) await rm(person.folder, { recursive: true });
  await servers.remove();
  return begun;
}

/** @returns the writes of the laptop's first life, and how often it died */
async function liveOnce(
  { server, laptop, tablet, conversation, phone }: Begun,
  point?: CrashPoint,
): Promise<Life> {
  const servers = await runServers(server);
  const state = await stateEvents(servers, conversation);
  const mortal = await Mortal.begin(servers.origin, laptop, point);
  const folder = await copied(tablet.folder);
  const other: Person = await newPerson(servers, 'olga', { folder, cookies: tablet.cookies });
  try {
    await mortal.insist(async (engine) => {
      const listed = await new Promise<boolean>((resolve) => {
        let first = true;
        const stop = engine.watch('devices', null, ({ devices }) => {
          const has = devices.some(({ id }) => id === phone);
          // What is known at the start may be from before; the server is asked at once.
          if (has && first) setTimeout(() => resolve(true), 700);
          if (!has) resolve(false);
          first = false;
          queueMicrotask(() => (has ? undefined : stop()));
        });
      });
      if (listed) await engine.calls.removeDevice({ device: phone, password: PASSWORD });
    });
    const { writes } = mortal;
    await mortal.insist((engine) => engine.calls.answerRequest({ conversation, answer: 'block' }));
    await other.untilList(([only]) => only?.standing === 'blocked');
    await other.untilDevices(({ devices }) => devices.length === 2);
    // X12: the removed device is bounded where it could have spoken.
    await untilStateEvents(servers, conversation, state + 1);
    const elements = await accountElements(servers, 'olga');
    assert.ok(
      (await elements.generations()).includes(0),
      'sealed by the key that the removed device does not have',
    );
    assert.equal([...mortal.faults, ...other.faults], []);
    return { writes, deaths: mortal.deaths };
  } finally {
    await mortal.remove();
    await other.remove();
    await servers.remove();
  }
}

const begun = await beginning();
test.after(() => rm(begun.kept, { recursive: true }));

test('K7 S6: whichever write it dies at, the others go on under the keys of the vault', () =>
  walkCrashPoints((point) => liveOnce(begun, point), ['account-intent', 'account-notice'], {
    among: (writes) => [writes.findIndex((write) => write.includes('account-intent')) + 1, writes.length],
    leastDeaths: 0.5,
  }));

test.run();
