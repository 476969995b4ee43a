import { randomInt } from 'node:crypto';
import type { ConversationId, LogName } from '@sotto/protocol';
import { logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { WorldBounds } from '../testing/activity-world.js';
import { World, WorldDevice } from '../testing/activity-world.js';

const test = suite('coming back, simulated');

const MINUTE_MS = 60_000;
/** What 10 minutes of slack are for (SPEC C7). */
const BOUNDS: WorldBounds = {
  skewMs: 2 * MINUTE_MS,
  lagMs: 4 * MINUTE_MS,
  appendMs: 2 * MINUTE_MS,
  settleMs: 10_000,
};
const STEPS = 1_500;
const LOGS = 30;

function seeded(label: string): (below: number) => number {
  const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
  process.stdout.write(`${label}: SEED=${seed}\n`);
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const someLogs = (count: number): LogName[] =>
  Array.from({ length: count }, () => logName('m', randomId<ConversationId>()));

interface Story {
  readonly world: World;
  readonly devices: readonly WorldDevice[];
  /** Times that a device came and not all was compared. */
  readonly quiet: number;
  readonly faults: { died: number; cut: number };
}

/** Devices come and go while something is written here and there, and servers die and lose their tails. */
async function story(bounds: WorldBounds, random: (below: number) => number): Promise<Story> {
  const world = new World(3, bounds, random);
  const logs = someLogs(LOGS);
  const devices = Array.from({ length: 12 }, () => new WorldDevice(world, logs));
  const anyServer = () => world.servers[random(world.servers.length)]!;
  let quiet = 0;
  const faults = { died: 0, cut: 0 };
  for (let step = 0; step < STEPS; step += 1) {
    await world.pass(random(MINUTE_MS));
    const writer = anyServer();
    // Most logs are quiet for long.
    if (writer.activity && random(3) === 0) world.append(writer, logs[Math.min(random(LOGS), random(LOGS))]!);
    const device = devices[random(devices.length)]!;
    if (!device.server) {
      const before = device.compared;
      if (device.come(anyServer()) && device.compared - before < LOGS) quiet += 1;
    } else if (random(2) === 0) {
      // The cursor that it leaves with stands for as much as it can.
      device.askForCursor();
      device.leave();
    } else device.askForCursor();
    if (random(60) === 0) {
      const victim = anyServer();
      faults.died += 1;
      if (victim.activity) victim.kill();
      else victim.start();
    }
    if (random(80) === 0) {
      faults.cut += 1;
      anyServer().cut(random(5 * MINUTE_MS));
    }
  }
  for (const server of world.servers) if (!server.activity) server.start();
  await world.pass(10 * MINUTE_MS);
  for (const device of devices) if (!device.server) device.come(anyServer());
  await world.pass(bounds.lagMs + 10 * MINUTE_MS);
  return { world, devices, quiet, faults };
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

test('[C7] nothing is missed: servers die, clocks differ, tails lag and are cut, within the bounds', async () => {
  const { world, devices, quiet, faults } = await story(BOUNDS, seeded('coming back'));
  assert.is(sum(devices.map(({ missed }) => missed)), 0);
  const durable = world.now - BOUNDS.lagMs;
  for (const device of devices) assert.equal(device.missing(durable), []);
  const checked = sum(devices.map((device) => device.checked));
  assert.ok(checked > 100, `${checked} visits were looked at`);
  assert.ok(world.records.length > 100 && faults.died > 5 && faults.cut > 5, JSON.stringify(faults));
  assert.ok(quiet > 100, `${quiet} came back without comparing everything`);
});

test('[C7] a control: with clocks and tails far beyond the bounds the same story shows what is missed', async () => {
  const random = seeded('beyond the bounds');
  const far = { ...BOUNDS, skewMs: 20 * MINUTE_MS, lagMs: 30 * MINUTE_MS };
  let missed = 0;
  for (let tries = 0; tries < 20 && missed === 0; tries += 1) {
    const { devices } = await story(far, random);
    missed = sum(devices.map((device) => device.missed));
  }
  assert.ok(missed > 0);
});

test('[C7] while it is connected a device has what is older than a tail may lag', async () => {
  const random = seeded('connected');
  const world = new World(2, BOUNDS, random);
  const logs = someLogs(10);
  const device = new WorldDevice(world, logs);
  await world.pass(MINUTE_MS);
  for (let round = 0; round < 200; round += 1) {
    for (let writes = random(4); writes > 0; writes -= 1)
      world.append(world.servers[random(2)]!, logs[random(logs.length)]!);
    await world.pass(random(20 * MINUTE_MS));
    if (random(6) === 0) {
      const server = world.servers[random(2)]!;
      server.kill();
      server.start();
      await world.pass(BOUNDS.settleMs);
    }
    if (device.server) device.leave();
    device.come(world.servers[random(2)]!);
    const came = world.now;
    await world.pass(BOUNDS.lagMs);
    if (device.server) assert.equal(device.missing(came), [], `round ${round}`);
  }
  assert.ok(device.comparedAll < 60, `${device.comparedAll} times everything`);
});

/** A server whose clock is an hour behind writes; the one that a device comes to has begun since. */
async function beyond(skewMs: number): Promise<{ device: WorldDevice; world: World }> {
  const world = new World(2, { ...BOUNDS, skewMs: 0, lagMs: 0, appendMs: 0 }, () => 0);
  const [log] = someLogs(1);
  await world.pass(MINUTE_MS);
  const device = new WorldDevice(world, [log!]);
  device.come(world.servers[0]!);
  await world.pass(60 * MINUTE_MS);
  device.askForCursor();
  device.leave();
  const writer = world.servers[1]!;
  Object.defineProperty(writer, 'clock', { value: () => world.now - skewMs });
  world.append(writer, log!);
  await world.pass(MINUTE_MS);
  world.servers[0]!.kill();
  world.servers[0]!.start();
  await world.pass(MINUTE_MS);
  device.come(world.servers[0]!);
  return { device, world };
}

test('[C7] [C6] what is beyond the bounds is missed, as it must be here, and found by comparing everything', async () => {
  const within = await beyond(4 * MINUTE_MS);
  assert.equal(within.device.missing(within.world.now), []);
  const { device, world } = await beyond(60 * MINUTE_MS);
  assert.is(device.missing(world.now).length, 1, 'the control: the simulation sees what is missed');
  device.leave();
  device.cursor = new Uint8Array();
  device.come(world.servers[0]!);
  assert.equal(device.missing(world.now), []);
});

test.run();
