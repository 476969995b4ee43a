import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswer } from './clients/crew.js';
import type { Line } from './clients/messages.js';
import { Injuries, type NodeCommands } from './injuries.js';
import { openStore } from './open-store.js';
import type { Step } from './schedule/schedule.js';
import { clientsOf } from './schedule/shape.js';
import {
  compareStore,
  compareViews,
  type Findings,
  isClean,
  together,
  type View,
} from './verdict/compare.js';
import { labelOf } from './verdict/journal.js';
import { readStore } from './verdict/read-store.js';
import type { World } from './world.js';

/** Between two looks at whether all is quiet, milliseconds. */
const LOOK_MS = 700;

export interface Outcome extends Findings {
  /** Messages that showed as sent. */
  readonly acked: number;
  /** Envelopes that servers acknowledged: messages, receipts, keys, states. */
  readonly records: number;
  /** Messages that were asked for. */
  readonly written: number;
  readonly faults: Readonly<Record<string, number>>;
  /** What engines reported, and how often. */
  readonly reported: ReadonlyMap<string, number>;
  /** Processes that ended although nobody ended them. */
  readonly crashes: readonly string[];
  /** What failed in the run itself. */
  readonly failures: readonly unknown[];
  /** How long it took until all was well, milliseconds. */
  readonly quietMs: number;
}

export interface RunOptions {
  readonly steps: readonly Step[];
  /** How long clients may take after the healing, milliseconds. */
  readonly patienceMs: number;
  readonly commands?: NodeCommands;
  /** All clients are killed once more at the end, and started on what they hold. */
  readonly reopen?: boolean;
  readonly say?: (line: string) => void;
}

/** Does what a schedule says to a world that was begun, heals it, and compares. The servers have ended then. */
export async function runChaos(world: World, options: RunOptions): Promise<Outcome> {
  const { steps, patienceMs, commands, reopen = false, say = () => {} } = options;
  const injuries = new Injuries(world, commands);
  const asked = await play(world, injuries, steps);
  say('healing');
  await injuries.heal();
  const healed = performance.now();
  for (const crew of world.crews) await world.startCrew(crew);
  await Promise.all(asked);
  const shown = await untilQuiet(world, healed + patienceMs, say);
  const quietMs = Math.round(performance.now() - healed);
  const live = compareViews(world.journal, shown);
  // What devices hold is more than what they show.
  const views = reopen && isClean(live) ? await reopened(world, patienceMs, say) : shown;
  await world.end();
  const stores = await openStore(world.servers);
  const documents = new Set([...world.journal.records.keys()].map((place) => place.split('|')[0]!));
  const stored = await readStore(stores.log, world.conversations, documents);
  await stores.close();
  const found = together([
    live,
    compareViews(world.journal, views),
    compareStore(world.journal, views, stored),
  ]);
  return {
    ...found,
    ...{
      acked: [...world.journal.written.keys()].filter((label) => world.journal.sent.has(label)).length,
      records: world.journal.records.size,
      written: world.journal.written.size,
    },
    ...{
      faults: injuries.counts,
      failures: injuries.failures,
      crashes: world.journal.crashes,
      reported: world.journal.reported,
      quietMs,
    },
  };
}

async function reopened(
  world: World,
  patienceMs: number,
  say: (line: string) => void,
): Promise<readonly View[]> {
  await Promise.all(world.crews.map((crew) => crew.kill()));
  await Promise.all(world.crews.map((crew) => world.startCrew(crew)));
  return untilQuiet(world, performance.now() + patienceMs, say);
}

/** @returns what was asked of clients; it is answered when they are well */
async function play(world: World, injuries: Injuries, steps: readonly Step[]): Promise<Promise<void>[]> {
  const began = performance.now();
  const asked: Promise<void>[] = [];
  for (const step of steps) {
    const left = step.at - (performance.now() - began);
    if (left > 0) await pause(left);
    if (step.do === 'fault') injuries.inflict(step.fault);
    else asked.push(act(world, injuries, step));
  }
  return asked;
}

async function act(world: World, injuries: Injuries, step: Exclude<Step, { do: 'fault' }>): Promise<void> {
  const { client } = step;
  const conversation = world.conversations[step.conversation]!;
  // People write when their device is there, without a network too.
  await world.crewOf(client).opened();
  try {
    if (step.do === 'read') {
      await world.ask(client, '#read', conversation);
      return;
    }
    if (step.do === 'rename') {
      await world.ask(client, 'renameGroup', { conversation, name: step.name });
      return;
    }
    const label = labelOf(step.text);
    world.journal.written.set(label, step.conversation);
    await world.ask(client, 'send', { conversation, text: step.text });
    world.journal.queued.add(label);
  } catch (error) {
    // Who is away says nothing, and was promised nothing.
    if (!(error instanceof NoAnswer)) injuries.failures.push(error);
  }
}

/** Waits until everybody is online, has nothing left to send, and shows what everybody else does. @returns what they show */
async function untilQuiet(world: World, end: number, say: (line: string) => void): Promise<readonly View[]> {
  const clients = world.shape.accounts.map((_, client) => client);
  for (;;) {
    const looks = await Promise.all(clients.map((client) => world.look(client)));
    const busy = clients.filter(
      (client) => looks[client]!.connection !== 'online' || looks[client]!.queued > 0,
    );
    const isLate = performance.now() > end;
    if (busy.length === 0 || isLate) {
      const views = await look(world);
      const found = compareViews(world.journal, views);
      if (isClean(found) || isLate) {
        for (const client of isLate ? busy : [])
          say(`client ${client} is ${JSON.stringify({ ...looks[client], conversations: undefined })}`);
        return views;
      }
    }
    for (const client of busy)
      if (looks[client]!.connection !== 'online') await world.ask(client, 'reconnect').catch(() => {});
    await pause(LOOK_MS);
  }
}

async function look(world: World): Promise<View[]> {
  const views: Promise<View>[] = [];
  for (let conversation = 0; conversation < world.conversations.length; conversation += 1)
    for (const client of clientsOf(world.shape, conversation)) views.push(view(world, client, conversation));
  return Promise.all(views);
}

async function view(world: World, client: number, conversation: number): Promise<View> {
  const id = world.conversations[conversation]!;
  try {
    const lines = await world.ask<readonly Line[]>(client, '#lines', id);
    const { conversations } = await world.look(client);
    return { client, conversation, lines, name: conversations.find((one) => one.id === id)?.name ?? '' };
  } catch {
    // What can't be shown is not there.
    return { client, conversation, lines: [], name: '' };
  }
}
