import { randomInt } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openNodeProfiles } from '@sotto/client/store/node';
import type { ConversationId } from '@sotto/protocol';
import { LEASES, parseLeaseKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, PASSWORD, type Person, signUp } from '../people/person.js';
import { untilSent } from './testing/converging.js';
import { type RunningServers, runServers } from './testing/running-servers.js';
import { type StoresWithin, storesWithin } from './testing/stores-within.js';
import { assertKeysUsedOnce } from './testing/used-once.js';
import { wholeTimeline } from './testing/whole-timeline.js';

/**
 * Two people with two devices each, which lose sessions and message stores and come back from backups at random moments: all
 * end up with every message once, and no key has sealed two things.
 */
const test = suite('random faults, headless');
const STEPS = 40;
const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : [3, randomInt(1_000_000)];

interface Device {
  readonly login: string;
  readonly person: Person;
  readonly within: StoresWithin;
  readonly backup: string;
}

function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

async function begin(servers: RunningServers): Promise<[Device[], ConversationId]> {
  const devices: Device[] = [];
  for (const login of ['mara', 'noor'])
    for (const name of [login, `${login}-phone`]) {
      const within = storesWithin();
      const person = await newPerson(servers, name, { profiles: within.profiles });
      if (name === login) await signUp(servers, person);
      else await person.engine.calls.signIn({ login, password: PASSWORD });
      const backup = await mkdtemp(join(tmpdir(), 'sotto-faults-'));
      devices.push({ login, person, within, backup });
    }
  const [first] = devices;
  const { conversation } = await first!.person.engine.calls.startDirect({ username: 'noor' });
  for (const { login, person } of devices)
    await person.engine.calls.startDirect({ username: login === 'mara' ? 'noor' : 'mara' });
  for (const { person } of devices) {
    await person.engine.calls.send({ conversation, text: `${person.name} begins` });
    await untilSent(person);
  }
  for (const device of devices) await backUp(device);
  return [devices, conversation];
}

async function backUp({ person, backup }: Device): Promise<void> {
  await person.engine.close();
  await rm(backup, { recursive: true, force: true });
  await cp(person.folder, backup, { recursive: true });
  await person.reload();
}

/** Goes back to what it was; what it had sent since is elsewhere by now. */
async function restore({ person, backup, login }: Device): Promise<void> {
  await untilSent(person);
  await person.engine.close();
  await rm(person.folder, { recursive: true });
  await cp(backup, person.folder, { recursive: true });
  await person.reload();
  // One that did nothing since is not another: it goes on.
  const isOvertaken = person
    .untilSession((session) => session.state === 'signed-in' && session.overtaken)
    .then(() => true);
  const isOnline = person.untilOnline().then(() => false);
  for (const late of [isOvertaken, isOnline]) late.catch(() => {});
  if (!(await Promise.race([isOvertaken, isOnline]))) return;
  await person.engine.calls.signIn({ login, password: PASSWORD });
  await person.untilOnline();
}

async function evict({ person }: Device): Promise<void> {
  await untilSent(person);
  await person.engine.close();
  const { account } = (await (await openNodeProfiles(person.folder)).current())!;
  await rm(join(person.folder, account, 'messages'), { recursive: true });
  await person.reload();
}

/** @returns what was said, and what happened */
async function act(
  devices: readonly Device[],
  conversation: ConversationId,
  below: (bound: number) => number,
): Promise<string[]> {
  const said = devices.map(({ person }) => `${person.name} begins`);
  for (let step = 0; step < STEPS; step += 1) {
    const choice = below(20);
    const device = devices[below(devices.length)]!;
    const { person } = device;
    if (choice < 12) {
      said.push(`${said.length} by ${person.name}`);
      await person.engine.calls.send({ conversation, text: said.at(-1)! });
    } else if (choice < 14) await person.reload();
    else if (choice < 16) await device.within.forget('signal/session/');
    else if (choice === 16) await evict(device);
    else if (choice === 17) await restore(device).then(() => backUp(device));
    else if (choice === 18) await backUp(device);
    else await wait(below(200));
  }
  return said;
}

async function everything(
  { person }: Device,
  conversation: ConversationId,
  count: number,
): Promise<string[]> {
  await person.untilList((list) => list.length === 1);
  for (let tries = 0; ; tries += 1) {
    const { items } = await wholeTimeline(person, conversation);
    const texts = items.filter(isMessage).map(({ text }) => text);
    if (texts.length === count && items.every(({ kind }) => kind !== 'waiting')) return texts;
    assert.ok(tries < 60, `${person.name} has ${texts.length} of ${count}`);
    await wait(1_000);
  }
}

for (const seed of SEEDS)
  test(`U8, U9: whatever is lost, every message is on every device once (SEED=${seed})`, async () => {
    console.log(`SEED=${seed}`);
    const servers = await runServers();
    const [devices, conversation] = await begin(servers);
    try {
      const said = await act(devices, conversation, numbersFrom(seed));
      for (const { person } of devices) await untilSent(person);
      const seen: string[][] = [];
      for (const device of devices) seen.push(await everything(device, conversation, said.length));
      assert.equal([...seen[0]!].sort(), [...said].sort());
      for (const other of seen.slice(1)) assert.equal(other, seen[0]);
      const faults = devices.flatMap(({ person }) => person.faults);
      assert.equal(faults, []);
      const leases = await servers.stores.claims.list({ prefix: LEASES });
      const ids = leases.map(({ key }) => parseLeaseKey(key).device);
      await assertKeysUsedOnce(servers, [conversation], ids);
    } finally {
      for (const { person, backup } of devices) {
        await person.remove();
        await rm(backup, { recursive: true, force: true });
      }
      await servers.remove();
    }
  });

test.run();
