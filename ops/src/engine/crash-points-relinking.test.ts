import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, PASSWORD, said } from '../people/person.js';
import { acquaint, untilSent } from './testing/converging.js';
import type { CrashPoint } from './testing/crash-points.js';
import { Mortal } from './testing/mortal.js';
import { runServers } from './testing/running-servers.js';
import { type Life, walkCrashPoints } from './testing/walk-crash-points.js';

/** A restored backup dies once on either side of every write while it is linked anew: what it had queued goes out once all the same. */
const test = suite('crash points, linking anew');

interface Begun {
  readonly kept: string;
  readonly server: string;
  readonly backup: { readonly folder: string; readonly cookies: readonly string[] };
  readonly other: { readonly folder: string; readonly cookies: readonly string[] };
  readonly conversation: ConversationId;
}

/** A backup with something queued, of a device that went on. */
async function beginning(): Promise<Begun> {
  const kept = await mkdtemp(join(tmpdir(), 'sotto-relinking-'));
  const [server, backup, other] = ['server', 'backup', 'other'].map((name) => join(kept, name)) as [
    string,
    string,
    string,
  ];
  const servers = await runServers();
  const { a: olga, b: pete, conversation } = await acquaint(servers, 'olga', 'pete');
  await untilSent(olga);
  await servers.stop();
  await olga.engine.calls.send({ conversation, text: 'queued in the backup' });
  await olga.engine.close();
  await cp(olga.folder, backup, { recursive: true });
  await servers.start();
  await olga.reload();
  await untilSent(olga);
  await olga.engine.calls.send({ conversation, text: 'after the backup' });
  await untilSent(olga);
  await pete.untilTimeline(conversation, ({ items }) => items.filter(isMessage).length === 3);
  for (const person of [olga, pete]) await person.engine.close();
  await servers.stop();
  await cp(servers.folder, server, { recursive: true });
  await cp(pete.folder, other, { recursive: true });
  const cookies = { olga: olga.cookies(), pete: pete.cookies() };
  for (const person of [olga, pete]) await rm(person.folder, { recursive: true });
  await servers.remove();
  return {
    ...{ kept, server, conversation },
    backup: { folder: backup, cookies: cookies.olga },
    other: { folder: other, cookies: cookies.pete },
  };
}

/** Signs in where it is asked for, and sends once more. */
async function linkAnew(engine: Engine, conversation: ConversationId): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('neither overtaken nor online')), 10_000);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    let overtaken = true;
    engine.watch('session', null, (session) => {
      overtaken = session.state === 'signed-in' && session.overtaken;
      if (overtaken || session.state === 'signed-out') done();
    });
    engine.watch('connection', null, ({ state }) => state === 'online' && !overtaken && done());
  });
  let needed = false;
  engine.watch('session', null, (session) => {
    needed = session.state !== 'signed-in' || session.overtaken;
  })();
  if (needed) await engine.calls.signIn({ login: 'olga', password: PASSWORD, replaces: true });
  const texts = await new Promise<string[]>((resolve) => {
    engine.watch(
      'timeline',
      conversation,
      (timeline) => timeline.items.length > 1 && resolve(said(timeline)),
    );
  });
  if (!texts.includes('olga: linked anew')) await engine.calls.send({ conversation, text: 'linked anew' });
}

async function liveOnce({ server, backup, other, conversation }: Begun, point?: CrashPoint): Promise<Life> {
  const servers = await runServers(server);
  const mortal = await Mortal.begin(servers.origin, backup, point);
  const folder = await mkdtemp(join(tmpdir(), 'sotto-relinking-'));
  await cp(other.folder, folder, { recursive: true });
  const pete = await newPerson(servers, 'pete', { folder, cookies: other.cookies });
  try {
    await mortal.insist((engine) => linkAnew(engine, conversation));
    const there = await pete.untilTimeline(conversation, (timeline) =>
      said(timeline).includes('olga: linked anew'),
    );
    const { writes } = mortal;
    await mortal.insist(
      (engine) =>
        new Promise<void>((resolve) => {
          engine.watch('devices', null, ({ devices }) => devices.length === 1 && resolve());
        }),
    );
    assert.equal(
      said(there).sort(),
      ['olga begins', 'queued in the backup', 'after the backup', 'linked anew']
        .map((text) => `olga: ${text}`)
        .sort(),
    );
    assert.equal([...mortal.faults, ...pete.faults], []);
    return { writes, deaths: mortal.deaths };
  } finally {
    await mortal.remove();
    await pete.remove();
    await servers.remove();
  }
}

const begun = await beginning();
test.after(() => rm(begun.kept, { recursive: true }));

test('U8 S6: a device that is linked anew dies once on either side of each of its writes', () =>
  walkCrashPoints((point) => liveOnce(begun, point), ['account'], { leastDeaths: 0.8 }));

test.run();
