import type { Engine, TimelineSnapshot } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Channel, ControlMessage, FromEngine, OpenChannel, ToEngine } from './engine-wire.js';
import { CALLS, CONTROL_CHANNEL, tabChannel } from './engine-wire.js';
import { differenceOf } from './timeline-difference.js';

/** One tab that uses the engine. */
class TabSession {
  readonly #engine: Engine;
  readonly #channel: Channel<ToEngine, FromEngine>;
  readonly #stops = new Map<number, () => void>();
  readonly #report: (error: unknown) => void;

  constructor(engine: Engine, channel: Channel<ToEngine, FromEngine>, report: (error: unknown) => void) {
    this.#engine = engine;
    this.#channel = channel;
    this.#report = report;
    channel.listen((message) => this.#receive(message));
  }

  welcome(generation: string): void {
    this.#channel.post({ type: 'welcome', generation });
  }

  close(): void {
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
    this.#channel.close();
  }

  #receive(message: ToEngine): void {
    if (message.type === 'call') void this.#call(message);
    else if (message.type === 'watch') this.#watch(message);
    else {
      this.#stops.get(message.id)?.();
      this.#stops.delete(message.id);
    }
  }

  #watch({ id, topic, argument }: ToEngine & { type: 'watch' }): void {
    this.#stops.get(id)?.();
    let nth = 0;
    const post = (value: unknown) => this.#channel.post({ type: 'snapshot', id, nth: nth++, value });
    if (topic !== 'timeline') {
      // A topic and its argument came from the same typed call on the other side of the port.
      this.#stops.set(id, this.#engine.watch(topic, argument as null, post));
      return;
    }
    let last: TimelineSnapshot | undefined;
    const differing = (next: TimelineSnapshot) => {
      if (last) this.#channel.post({ type: 'difference', id, nth: nth++, value: differenceOf(last, next) });
      else post(next);
      last = next;
    };
    this.#stops.set(id, this.#engine.watch(topic, argument as ConversationId, differing));
  }

  async #call({ id, name, input }: ToEngine & { type: 'call' }): Promise<void> {
    try {
      if (CALLS[name] === 'refuse') this.#channel.post({ type: 'taken', id });
      if (!Object.hasOwn(CALLS, name)) throw new ProtocolError('request/invalid', { detail: 'unknown call' });
      const call = this.#engine.calls[name] as (input: unknown) => Promise<unknown>;
      const value = await call.call(this.#engine.calls, input);
      this.#channel.post({ type: 'result', id, value });
    } catch (error) {
      const known = error instanceof ProtocolError;
      this.#channel.post({
        type: 'failure',
        id,
        code: known ? error.code : 'service/unavailable',
        retryAfterMs: known ? error.retryAfterMs : undefined,
      });
      if (!known) this.#report(error);
    }
  }
}

/**
 * Serves an engine to every tab that says hello.
 * @param options `generation`: fresh for each worker; `gone` resolves when a tab no longer lives; `report` takes errors
 *   that have no code, which are faults of ours
 * @returns stops serving
 */
export function serveEngine(
  engine: Engine,
  options: {
    open: OpenChannel;
    generation: string;
    gone: (tab: string) => Promise<void>;
    report: (error: unknown) => void;
  },
): () => void {
  const { open, generation, gone, report } = options;
  const tabs = new Map<string, TabSession>();
  const control = open<ControlMessage, ControlMessage>(CONTROL_CHANNEL);
  const drop = (tab: string) => {
    tabs.get(tab)?.close();
    tabs.delete(tab);
  };
  control.listen((message) => {
    if (message.type === 'bye') return drop(message.tab);
    if (message.type !== 'hello') return;
    const { tab } = message;
    let session = tabs.get(tab);
    if (!session) {
      session = new TabSession(engine, open(tabChannel(tab)), report);
      tabs.set(tab, session);
      void gone(tab).then(() => drop(tab));
    }
    session.welcome(generation);
  });
  control.post({ type: 'serving', generation });
  return () => {
    for (const tab of [...tabs.keys()]) drop(tab);
    control.close();
  };
}
