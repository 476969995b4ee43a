import { type Clock, receive, tick, ZERO_CLOCK } from '../../conversation/clock.js';

/** The hybrid logical clock of this device: after everything it has seen or said. */
export class DeviceClock {
  readonly #now: () => number;
  #last = ZERO_CLOCK;

  /** @param now wall clock, milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The clock of a new event. */
  tick(): Clock {
    this.#last = tick(this.#last, this.#now());
    return this.#last;
  }

  saw(clock: Clock): void {
    this.#last = receive(this.#last, clock, this.#now());
  }
}
