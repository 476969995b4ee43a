import type { NetConnectOpts, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Side } from '../schedule/faults.js';
import { Pump } from './pump.js';

/** What is wrong with a connection now. Several links may share it, and a connection may have several. */
export class Weather {
  /** No connection gets through. */
  blocked = false;
  /** Milliseconds by which everything comes later. */
  delay = 0;
  readonly held = { there: false, back: false };
  readonly #pairs = new Set<Pair>();

  join(pair: Pair): void {
    this.#pairs.add(pair);
  }

  leave(pair: Pair): void {
    this.#pairs.delete(pair);
  }

  /** Ends every connection; `torn`: in the middle of what each says next. */
  cut(torn = false): void {
    for (const pair of [...this.#pairs]) {
      if (torn) pair.tear();
      else pair.destroy();
    }
  }

  hold(side: Side, isHeld: boolean): void {
    if (side !== 'back') this.held.there = isHeld;
    if (side !== 'there') this.held.back = isHeld;
    this.changed();
  }

  /** Whatever was held goes on where it may. */
  changed(): void {
    for (const pair of this.#pairs) pair.flow();
  }

  clear(): void {
    this.blocked = false;
    this.delay = 0;
    this.held.there = false;
    this.held.back = false;
    this.changed();
  }
}

/** Where a link leads. */
export interface Target {
  readonly address: NetConnectOpts;
  readonly weather?: Weather;
}

/** One connection and what it is passed on by. */
export class Pair {
  readonly #weathers: readonly Weather[];
  readonly #pumps: readonly Pump[];
  readonly #ends: readonly [Socket, Socket];

  constructor(near: Socket, far: Socket, weathers: readonly Weather[]) {
    this.#weathers = weathers;
    this.#ends = [near, far];
    const delay = () => weathers.reduce((sum, weather) => sum + weather.delay, 0);
    const isHeld = (side: 'there' | 'back') => () => weathers.some(({ held }) => held[side]);
    this.#pumps = [
      new Pump(near, far, { delay, isHeld: isHeld('there'), torn: () => this.destroy() }),
      new Pump(far, near, { delay, isHeld: isHeld('back'), torn: () => this.destroy() }),
    ];
    for (const weather of weathers) weather.join(this);
    for (const end of this.#ends)
      end.once('close', () => {
        if (this.#ends.every(({ destroyed }) => destroyed))
          for (const weather of weathers) weather.leave(this);
      });
  }

  flow(): void {
    for (const pump of this.#pumps) pump.flow();
  }

  tear(): void {
    for (const pump of this.#pumps) pump.tear();
  }

  destroy(): void {
    for (const end of this.#ends) end.destroy();
    for (const weather of this.#weathers) weather.leave(this);
  }
}

/** A TCP port or a socket's path that passes connections on, and what goes wrong with them. */
export class Link {
  readonly weather: Weather;
  readonly #server: Server;
  readonly #targets: () => readonly Target[];

  private constructor(server: Server, targets: () => readonly Target[], weather: Weather) {
    this.#server = server;
    this.#targets = targets;
    this.weather = weather;
    server.on('connection', (near: Socket) => this.#pass(near, this.#targets()));
  }

  /**
   * @param targets of a connection that comes now, the first one that takes it is taken
   * @param where a socket's path; a free port on the loopback when left out
   */
  static async open(
    targets: () => readonly Target[],
    { where, weather = new Weather() }: { where?: string; weather?: Weather } = {},
  ): Promise<Link> {
    const server = createServer({ allowHalfOpen: false });
    const link = new Link(server, targets, weather);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      if (where === undefined) server.listen(0, '127.0.0.1', resolve);
      else server.listen(where, resolve);
    });
    return link;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('a link without a port');
    return address.port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.weather.cut();
    await closed;
  }

  #pass(near: Socket, [first, ...others]: readonly Target[]): void {
    near.on('error', () => near.destroy());
    if (!first || this.weather.blocked) {
      near.destroy();
      return;
    }
    if (first.weather?.blocked) {
      this.#pass(near, others);
      return;
    }
    const far = connect(first.address);
    near.pause();
    far.on('error', () => far.destroy());
    const refused = () => this.#pass(near, others);
    far.once('close', refused);
    far.once('connect', () => {
      far.off('close', refused);
      new Pair(near, far, first.weather ? [this.weather, first.weather] : [this.weather]);
    });
  }
}
