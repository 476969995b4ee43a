import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPerson, said } from '../people/person.js';
import { acquaint, untilSent } from './testing/converging.js';
import type { CrashPoint } from './testing/crash-points.js';
import { Mortal } from './testing/mortal.js';
import { linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';
import { type Life, walkCrashPoints } from './testing/walk-crash-points.js';

/**
 * A device dies once on either side of every write while it renews its account after a reset by mail: the password opens everything
 * on another browser all the same, and the device goes on.
 */
const test = suite('crash points, renewing');
const NEW_PASSWORD = 'another long password';

interface Begun {
  readonly kept: string;
  readonly server: string;
  readonly laptop: { readonly folder: string; readonly cookies: readonly string[] };
  readonly other: { readonly folder: string; readonly cookies: readonly string[] };
  readonly conversation: ConversationId;
}

async function beginning(): Promise<Begun> {
  const kept = await mkdtemp(join(tmpdir(), 'sotto-renewing-'));
  const servers = await runServers();
  const { a: olga, b: pete, conversation } = await acquaint(servers, 'olga', 'pete');
  const phone = await linkByPassword(servers, 'olga');
  await phone.untilList((list) => list.length === 1);
  await phone.engine.calls.send({ conversation, text: 'from the phone' });
  await untilSent(phone);
  for (const person of [olga, pete])
    await person.untilTimeline(conversation, (timeline) => said(timeline).includes('olga: from the phone'));
  await olga.engine.calls.requestReset({ email: 'olga@example.org' });
  const token = await servers.resetToken('olga@example.org');
  await olga.engine.calls.completeReset({ token, password: NEW_PASSWORD });
  for (const person of [olga, pete, phone]) await person.engine.close();
  await servers.stop();
  const keep = async (name: string, folder: string) => {
    await cp(folder, join(kept, name), { recursive: true });
    return join(kept, name);
  };
  const begun = {
    ...{ kept, conversation },
    server: await keep('server', servers.folder),
    laptop: { folder: await keep('laptop', olga.folder), cookies: olga.cookies() },
    other: { folder: await keep('other', pete.folder), cookies: pete.cookies() },
  };
  for (const person of [olga, pete, phone]) await rm(person.folder, { recursive: true });
  await servers.remove();
  return begun;
}

/** @returns the writes of the laptop's first life, and how often it died */
async function liveOnce({ server, laptop, other, conversation }: Begun, point?: CrashPoint): Promise<Life> {
  const servers = await runServers(server);
  const mortal = await Mortal.begin(servers.origin, laptop, point);
  const folder = await mkdtemp(join(tmpdir(), 'sotto-renewing-'));
  await cp(other.folder, folder, { recursive: true });
  const pete = await newPerson(servers, 'pete', { folder, cookies: other.cookies });
  const browser = await newPerson(servers, 'olga');
  try {
    await mortal.insist(async (engine) => {
      await engine.calls.renewAccount({ password: NEW_PASSWORD });
    });
    await browser.engine.calls.signIn({ login: 'olga', password: NEW_PASSWORD });
    await browser.untilList((list) => list.length === 1);
    const expected = ['olga: olga begins', 'olga: from the phone'];
    await browser.untilTimeline(conversation, (timeline) =>
      expected.every((text) => said(timeline).includes(text)),
    );
    await mortal.insist((engine) => engine.calls.send({ conversation, text: 'under new keys' }));
    const heard = (text: string) => (timeline: Parameters<typeof said>[0]) => said(timeline).includes(text);
    for (const person of [pete, browser])
      await person.untilTimeline(conversation, heard('olga: under new keys'));
    // What the new browser seals for all own devices, the laptop opens.
    await browser.engine.calls.answerRequest({ conversation, answer: 'block' });
    await mortal.insist(
      (engine) =>
        new Promise<void>((resolve) => {
          engine.watch('conversations', null, ([only]) => only?.standing === 'blocked' && resolve());
        }),
    );
    const { writes } = mortal;
    // Its stores are the new vault's, whatever the end of the life before.
    await mortal.insist(async (engine) => {
      await engine.calls.signOut();
      await engine.calls.signIn({ login: 'olga', password: NEW_PASSWORD });
    });
    await browser.untilDevices(({ devices }) => devices.length === 2);
    assert.equal([...mortal.faults, ...pete.faults, ...browser.faults], []);
    return { writes, deaths: mortal.deaths };
  } finally {
    await mortal.remove();
    await pete.remove();
    await browser.remove();
    await servers.remove();
  }
}

const begun = await beginning();
test.after(() => rm(begun.kept, { recursive: true }));

test('K13 S6: whichever write it dies at, the password opens everything and the device goes on', () =>
  walkCrashPoints((point) => liveOnce(begun, point), ['account-intent', 'account-notice'], {
    among: (writes) => {
      const first = writes.findIndex((write) => write.includes('account-intent')) + 1;
      const last = writes.findIndex((write) => write.includes('account-notice')) + 1;
      assert.ok(last > first, writes.join('\n'));
      return [first, last + 2];
    },
    leastDeaths: 0.5,
  }));

test.run();
