import type { Engine, EngineCalls, EngineTopics, TimelineSnapshot, TopicName } from '@sotto/client';
import { ProtocolError } from '@sotto/protocol';
import type { Clock } from './clock.js';
import type { CallName, Channel, ControlMessage, FromEngine, OpenChannel, ToEngine } from './engine-wire.js';
import { CALLS, CONTROL_CHANNEL, tabChannel } from './engine-wire.js';
import { withDifference } from './timeline-difference.js';

interface PendingCall {
  readonly name: CallName;
  readonly input: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Stops the wait for a worker; null once the call is on its way. */
  giveUp: (() => void) | null;
  /** A worker has it in hand, and may have done it when it goes away. */
  taken: boolean;
}

interface Watch {
  readonly topic: TopicName;
  readonly argument: unknown;
  readonly receive: (value: unknown) => void;
  /** The last snapshot, and which one it was. */
  last: { readonly value: unknown; readonly nth: number } | null;
}

/** How long a call waits for a worker that is not there, before it is refused. */
const WAIT_FOR_WORKER = 20_000;

/**
 * The engine as a tab sees it: an {@link Engine} whose work is done by the one worker of this browser, wherever that
 * runs. When another tab's worker takes over, watches are renewed and calls in flight are asked again or refused.
 */
export class EnginePort implements Engine {
  readonly calls: EngineCalls;
  readonly #tab: string;
  readonly #clock: Clock;
  readonly #control: Channel<ControlMessage, ControlMessage>;
  readonly #own: Channel<FromEngine, ToEngine>;
  readonly #pending = new Map<number, PendingCall>();
  readonly #watches = new Map<number, Watch>();
  #generation: string | null = null;
  #nextId = 0;

  /**
   * @param options `tab`: a fresh random name, whose {@link tabLock} this tab holds already; how to open channels; the clock
   */
  constructor({ tab, open, clock }: { tab: string; open: OpenChannel; clock: Clock }) {
    this.#tab = tab;
    this.#clock = clock;
    this.#control = open(CONTROL_CHANNEL);
    this.#own = open(tabChannel(tab));
    this.#own.listen((message) => this.#receive(message));
    this.#control.listen((message) => this.#hear(message));
    this.calls = this.#makeCalls();
    this.#control.post({ type: 'hello', tab });
  }

  watch<T extends TopicName>(
    topic: T,
    argument: EngineTopics[T]['argument'],
    listener: (snapshot: EngineTopics[T]['snapshot']) => void,
  ): () => void {
    const id = this.#nextId++;
    const receive = (value: unknown) => listener(value as EngineTopics[T]['snapshot']);
    this.#watches.set(id, { topic, argument, receive, last: null });
    if (this.#generation) this.#own.post({ type: 'watch', id, topic, argument });
    return () => {
      if (this.#watches.delete(id) && this.#generation) this.#own.post({ type: 'unwatch', id });
    };
  }

  /** Ends this tab's use of the engine; the worker goes on for the others. */
  async close(): Promise<void> {
    this.#control.post({ type: 'bye', tab: this.#tab });
    this.#watches.clear();
    for (const id of [...this.#pending.keys()]) this.#refuse(id);
    this.#own.close();
    this.#control.close();
  }

  #makeCalls(): EngineCalls {
    const names = Object.keys(CALLS) as CallName[];
    const entries = names.map((name) => [name, (input: unknown) => this.#call(name, input)]);
    return Object.fromEntries(entries) as EngineCalls;
  }

  #call(name: CallName, input: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const call: PendingCall = { name, input, resolve, reject, giveUp: null, taken: false };
      this.#pending.set(id, call);
      if (this.#generation) this.#own.post({ type: 'call', id, name, input });
      else this.#wait(id, call);
    });
  }

  #wait(id: number, call: PendingCall): void {
    call.giveUp?.();
    call.giveUp = this.#clock.after(WAIT_FOR_WORKER, () => this.#refuse(id));
  }

  #refuse(id: number): void {
    const call = this.#pending.get(id);
    if (!call) return;
    this.#pending.delete(id);
    call.giveUp?.();
    call.reject(new ProtocolError('service/unavailable', { detail: 'the engine went away' }));
  }

  #hear(message: ControlMessage): void {
    if (message.type === 'serving' && message.generation !== this.#generation) {
      this.#lost();
      this.#control.post({ type: 'hello', tab: this.#tab });
    } else if (message.type === 'down') {
      this.#lost();
      for (const id of [...this.#pending.keys()]) this.#refuse(id);
    }
  }

  /** The worker we spoke to is gone: refuse what it may have done and must not happen twice, keep the rest for the next one. */
  #lost(): void {
    if (!this.#generation) return;
    this.#generation = null;
    for (const [id, call] of [...this.#pending]) {
      if (call.taken && CALLS[call.name] === 'refuse') this.#refuse(id);
      else this.#wait(id, call);
    }
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case 'welcome':
        this.#welcomed(message.generation);
        break;
      case 'taken': {
        const call = this.#pending.get(message.id);
        if (call) call.taken = true;
        break;
      }
      case 'snapshot':
        this.#show(message.id, message.nth, message.value);
        break;
      case 'difference':
        this.#differs(message);
        break;
      case 'result':
        this.#take(message.id)?.resolve(message.value);
        break;
      case 'failure': {
        const { code, retryAfterMs } = message;
        const options = retryAfterMs === undefined ? {} : { retryAfterMs };
        this.#take(message.id)?.reject(new ProtocolError(code, options));
        break;
      }
    }
  }

  #show(id: number, nth: number, value: unknown): void {
    const watch = this.#watches.get(id);
    if (!watch) return;
    watch.last = { value, nth };
    watch.receive(value);
  }

  #differs({ id, nth, value }: FromEngine & { type: 'difference' }): void {
    const watch = this.#watches.get(id);
    if (!watch) return;
    if (watch.last?.nth === nth - 1)
      this.#show(id, nth, withDifference(watch.last.value as TimelineSnapshot, value));
    // Of another snapshot than the one that is here: asked for whole.
    else this.#own.post({ type: 'watch', id, topic: watch.topic, argument: watch.argument });
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    return call;
  }

  #welcomed(generation: string): void {
    if (generation === this.#generation) return;
    this.#lost();
    this.#generation = generation;
    for (const [id, { topic, argument }] of this.#watches)
      this.#own.post({ type: 'watch', id, topic, argument });
    for (const [id, call] of this.#pending) {
      call.giveUp?.();
      call.giveUp = null;
      call.taken = false;
      this.#own.post({ type: 'call', id, name: call.name, input: call.input });
    }
  }
}
