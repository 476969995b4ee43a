import { setImmediate as turn } from 'node:timers/promises';
import type { LogName, LogRecord } from '@sotto/protocol';
import type { ActivityRow, ActivityStore } from '@sotto/store';
import { bucketOf } from '@sotto/store';
import { ACTIVITY_BOUNDS, Activity } from '../activity/activity.js';

/** Milliseconds. */
export interface WorldBounds {
  /** Distance of a server's clock from the true time. */
  readonly skewMs: number;
  /** From a record's being durable to a server's tail telling of it. */
  readonly lagMs: number;
  /** From a row's being durable to its record's. */
  readonly appendMs: number;
  /** From a row's being durable to its being on every copy. */
  readonly settleMs: number;
}

/** Something that was written, and when it was durable. */
export interface WorldRecord {
  readonly log: LogName;
  readonly number: number;
  readonly at: number;
}

interface Row extends ActivityRow {
  readonly visibleAt: number;
}

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A store, servers and devices in a time of their own, for what a device is told when it comes back. */
export class World {
  now = 1_700_000_000_000;
  readonly records: WorldRecord[] = [];
  readonly servers: WorldServer[];
  readonly rows: Row[] = [];
  readonly random: (below: number) => number;
  readonly bounds: WorldBounds;
  #tasks: Task[] = [];
  #order = 0;

  constructor(servers: number, bounds: WorldBounds, random: (below: number) => number) {
    this.random = random;
    this.bounds = bounds;
    this.servers = Array.from(
      { length: servers },
      () => new WorldServer(this, random(2 * bounds.skewMs + 1) - bounds.skewMs),
    );
  }

  later(ms: number, run: () => void): void {
    this.#order += 1;
    this.#tasks.push({ at: this.now + ms, order: this.#order, run });
  }

  /** Lets time pass, and everything happen that is due. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    // What was begun before asks for its times first.
    await turn();
    for (;;) {
      const due = this.#tasks
        .filter(({ at }) => at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!due) break;
      this.#tasks.splice(this.#tasks.indexOf(due), 1);
      this.now = due.at;
      due.run();
      await turn();
    }
    this.now = end;
    await turn();
  }

  /** A server takes an append: its row, some time later its record, then the row of a bucket that has begun meanwhile. */
  append(server: WorldServer, log: LogName): void {
    const life = server.life;
    const stamped = this.#row(log, server.clock());
    this.later(this.random(this.bounds.appendMs + 1), () => {
      const record = { log, number: this.records.length, at: this.now };
      // It had left the server already, or had not.
      if (server.life !== life && this.random(2) === 0) return;
      this.records.push(record);
      for (const other of this.servers) other.willHear(record, other === server);
      if (server.life === life && bucketOf(server.clock()) !== stamped) this.#row(log, server.clock());
    });
  }

  #row(log: LogName, clock: number): number {
    const bucket = bucketOf(clock);
    this.rows.push({ log, bucket, visibleAt: this.now + this.random(this.bounds.settleMs + 1) });
    return bucket;
  }
}

type Told = (record: WorldRecord) => void;

/** A server with a clock of its own, which dies and starts again, and may miss something of its tail. */
export class WorldServer {
  readonly subscribers = new Map<WorldDevice, Told>();
  activity: Activity | undefined;
  life = 0;
  readonly #world: World;
  readonly #skewMs: number;
  #tail: ((records: readonly LogRecord[]) => void) | undefined;
  #interrupted: (() => void) | undefined;
  #isCut = false;

  constructor(world: World, skewMs: number) {
    this.#world = world;
    this.#skewMs = skewMs;
    this.start();
  }

  /** What its tail would tell now is lost; it knows so, and sends everybody away afterwards. */
  get isCut(): boolean {
    return this.#isCut;
  }

  clock(): number {
    return this.#world.now + this.#skewMs;
  }

  start(): void {
    this.life += 1;
    this.#isCut = false;
    const world = this.#world;
    const store: ActivityStore = {
      settleMs: world.bounds.settleMs,
      async *rows(since) {
        yield world.rows.filter(({ bucket, visibleAt }) => bucket >= since && visibleAt <= world.now);
      },
      expire: async () => undefined,
      silentMs: () => (this.#isCut ? Infinity : 0),
    };
    this.activity = new Activity({
      store,
      log: {
        tail: (listener, interrupted) => {
          this.#tail = listener;
          this.#interrupted = interrupted;
          return () => {
            this.#tail = undefined;
          };
        },
      },
      logger: { warn: () => undefined },
      bounds: { ...ACTIVITY_BOUNDS, activityCells: 2 ** 12 },
      now: () => this.clock(),
      pause: (ms) => new Promise((resolve) => world.later(ms, resolve)),
    });
  }

  kill(): void {
    this.life += 1;
    this.activity?.close();
    this.activity = undefined;
    this.sendAway();
  }

  sendAway(): void {
    for (const device of [...this.subscribers.keys()]) device.leave();
  }

  /** Loses its tail for a while: what would have been told meanwhile is never told. */
  cut(ms: number): void {
    if (!this.activity || this.#isCut) return;
    this.#isCut = true;
    const { life } = this;
    this.#world.later(ms, () => {
      if (this.life !== life) return;
      this.#isCut = false;
      this.#interrupted?.();
      this.sendAway();
    });
  }

  /** This record reaches the copy that this server's tail reads some time from now. */
  willHear(record: WorldRecord, isOwn: boolean): void {
    const { random, bounds } = this.#world;
    // A tail that begins later than that begins behind it, whichever life of the server it is.
    this.#world.later(isOwn ? 0 : random(bounds.lagMs + 1), () => {
      if (!this.activity || this.#isCut) return;
      const { log, number } = record;
      this.#tail?.([
        { document: `${log}.0` as LogRecord['document'], client: 1, clock: number, body: new Uint8Array() },
      ]);
      for (const told of [...this.subscribers.values()]) told(record);
    });
  }
}

/** A device that reads some logs: what it holds, and the cursor that it adopted. */
export class WorldDevice {
  readonly holds = new Set<number>();
  cursor = new Uint8Array();
  server: WorldServer | undefined;
  /** Logs compared so far, and times that everything was. */
  compared = 0;
  comparedAll = 0;
  /** Visits that were looked at, and what was missing then. */
  checked = 0;
  missed = 0;
  #visits = 0;
  readonly #world: World;
  readonly #logs: readonly LogName[];

  constructor(world: World, logs: readonly LogName[]) {
    this.#world = world;
    this.#logs = logs;
  }

  /** @returns false where the server is down */
  come(server: WorldServer): boolean {
    if (!server.activity) return false;
    const { activity } = server;
    this.server = server;
    server.subscribers.set(this, ({ log, number }) => {
      if (this.#logs.includes(log)) this.holds.add(number);
    });
    const fresh = activity.cursor();
    const isActive = this.cursor.length > 0 ? activity.since(this.cursor) : undefined;
    if (!isActive) this.comparedAll += 1;
    for (const log of this.#logs) if (!isActive || isActive(log)) this.#compare(log);
    this.#adopt(fresh);
    this.#checkLater();
    return true;
  }

  /** Whoever was connected for as long as a tail may lag has everything from before it came. */
  #checkLater(): void {
    this.#visits += 1;
    const [visit, came] = [this.#visits, this.#world.now];
    this.#world.later(this.#world.bounds.lagMs + 1, () => {
      if (!this.server || this.#visits !== visit || this.server.isCut) return;
      this.checked += 1;
      this.missed += this.missing(came).length;
    });
  }

  askForCursor(): void {
    if (this.server?.activity) this.#adopt(this.server.activity.cursor());
  }

  leave(): void {
    this.server?.subscribers.delete(this);
    this.server = undefined;
  }

  /** Numbers of what was durable at a moment and is not here. */
  missing(before: number): number[] {
    return this.#world.records
      .filter(({ log, number, at }) => at <= before && this.#logs.includes(log) && !this.holds.has(number))
      .map(({ number }) => number);
  }

  #compare(log: LogName): void {
    this.compared += 1;
    for (const record of this.#world.records) if (record.log === log) this.holds.add(record.number);
  }

  #adopt(cursor: Uint8Array): void {
    if (cursor.length > 0) this.cursor = new Uint8Array(cursor);
  }
}
