import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ConversationDetails,
  type ConversationSummary,
  createEngine,
  type DevicesSnapshot,
  type Engine,
  type EnginePlatform,
  type LinkSnapshot,
  type Profiles,
  type SessionSnapshot,
  type TimelineItem,
  type TimelineSnapshot,
} from '@sotto/client';
import { createCookieJar } from '@sotto/client/account';
import { openNodeProfiles } from '@sotto/client/store/node';
import type { ConversationId } from '@sotto/protocol';
import WebSocket from 'ws';

const WAIT_MS = 15_000;
export const PASSWORD = 'correct horse battery';

/** Where Sotto is. */
export interface Service {
  readonly origin: string;
}

/** Where mailed links are found. */
export interface Mail {
  /** The token of the newest sign-up link mailed to an address. */
  linkToken(email: string): Promise<string>;
}

/** Somebody at one device in Node: a real engine over real stores and sockets. */
export interface Person {
  readonly name: string;
  readonly engine: Engine;
  readonly folder: string;
  /** What a browser would keep of the session. */
  cookies(): readonly string[];
  /** Faults that the engine reported. */
  readonly faults: unknown[];
  conversations(): Promise<readonly ConversationSummary[]>;
  /** Waits until the list is as it should be. */
  untilList(
    holds: (list: readonly ConversationSummary[]) => boolean,
  ): Promise<readonly ConversationSummary[]>;
  /** Waits until a timeline is as it should be. */
  untilTimeline(
    conversation: ConversationId,
    holds: (timeline: TimelineSnapshot) => boolean,
  ): Promise<TimelineSnapshot>;
  /** Waits until the details of a conversation are as they should be. */
  untilDetails(
    conversation: ConversationId,
    holds: (details: ConversationDetails) => boolean,
  ): Promise<ConversationDetails>;
  untilOnline(): Promise<void>;
  untilSession(holds: (session: SessionSnapshot) => boolean): Promise<SessionSnapshot>;
  untilDevices(holds: (snapshot: DevicesSnapshot) => boolean): Promise<DevicesSnapshot>;
  untilLink(holds: (snapshot: LinkSnapshot) => boolean): Promise<LinkSnapshot>;
  /** Closes the engine and opens it again on the same stores: a reload. */
  reload(): Promise<void>;
  remove(): Promise<void>;
}

export interface PersonOptions {
  /** Lets a test stand between the engine and its stores. */
  readonly profiles?: (folder: string) => Promise<Profiles>;
  readonly folder?: string;
  /** What a browser kept of a session. */
  readonly cookies?: readonly string[];
  /** Lets a test stand between the engine and the servers. */
  readonly openSocket?: EnginePlatform['openSocket'];
  readonly fetch?: typeof fetch;
  /** Their clock, in milliseconds since 1970; the machine's by default. */
  readonly now?: () => number;
  /** How others know the device. */
  readonly deviceName?: string;
}

/** A person who has not signed up or in yet. */
export async function newPerson(
  servers: Service,
  name: string,
  options: PersonOptions = {},
): Promise<Person> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), `sotto-${name}-`)));
  const cookies = createCookieJar(options.cookies);
  const faults: unknown[] = [];
  const open = async () =>
    createEngine({
      origin: servers.origin,
      profiles: await (options.profiles ?? openNodeProfiles)(folder),
      openSocket: options.openSocket ?? ((url) => new WebSocket(url)),
      ...(options.fetch ? { fetch: options.fetch } : {}),
      ...(options.now ? { now: options.now } : {}),
      deviceName: options.deviceName ?? 'Node',
      cookies,
      report: (error) => faults.push(error),
    });
  let engine = await open();
  const person: Person = {
    name,
    folder,
    faults,
    cookies: () => cookies.save(),
    get engine() {
      return engine;
    },
    conversations: () => untilSnapshot(engine, 'conversations', null, () => true, faults),
    untilList: (holds) => untilSnapshot(engine, 'conversations', null, holds, faults),
    untilTimeline: (conversation, holds) => untilSnapshot(engine, 'timeline', conversation, holds, faults),
    untilDetails: (conversation, holds) => untilSnapshot(engine, 'details', conversation, holds, faults),
    async untilOnline() {
      await untilSnapshot(engine, 'connection', null, ({ state }) => state === 'online', faults);
    },
    untilSession: (holds) => untilSnapshot(engine, 'session', null, holds, faults),
    untilDevices: (holds) => untilSnapshot(engine, 'devices', null, holds, faults),
    untilLink: (holds) => untilSnapshot(engine, 'link', null, holds, faults),
    async reload() {
      await engine.close();
      engine = await open();
    },
    async remove() {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return person;
}

function untilSnapshot<T extends Parameters<Engine['watch']>[0]>(
  engine: Engine,
  topic: T,
  argument: never | null | ConversationId,
  holds: (snapshot: never) => boolean,
  faults: readonly unknown[],
): Promise<never> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    let stop = () => {};
    const timer = setTimeout(() => {
      stop();
      const shown = JSON.stringify(last)?.slice(0, 2_000);
      reject(new Error(`${topic} did not come to be as expected: ${shown} ${faults.map(String)}`));
    }, WAIT_MS);
    let done = false;
    stop = engine.watch(
      topic,
      argument as never,
      ((snapshot: never) => {
        last = snapshot;
        if (done || !holds(snapshot)) return;
        done = true;
        clearTimeout(timer);
        queueMicrotask(() => stop());
        resolve(snapshot);
      }) as never,
    );
  });
}

/** Signs up by a mailed link. */
export async function signUp(servers: Mail, person: Person): Promise<{ recoveryKey: string }> {
  const email = `${person.name}@example.org`;
  await person.engine.calls.requestSignUp({ email });
  const token = await servers.linkToken(email);
  const made = await person.engine.calls.completeSignUp({ token, username: person.name, password: PASSWORD });
  await person.untilOnline();
  return made;
}

/** The messages of a timeline as `author: text`. */
export function said(timeline: TimelineSnapshot): string[] {
  return timeline.items.filter(isMessage).map(({ author, text }) => `${author.username}: ${text}`);
}

export function isMessage(item: TimelineItem): item is TimelineItem & { kind: 'message' } {
  return item.kind === 'message';
}
