import { documentName, type LogName, logName } from '@sotto/protocol';
import { distributionId } from '../../conversation/chain.js';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';

/** Segments looked through at most, back from the newest: what comes later is looked at as it comes. */
const SEGMENTS = 4;

/**
 * Lets nothing be sealed in a room before its newest segments are here, this device's own feeds among them: another copy of this
 * device may have written there, and what it used is never used again. Once they were here, this life alone writes (SPEC G4).
 */
export class SealingGate {
  readonly #context: DeviceContext;
  readonly #room: Room;
  #isOpen = false;

  constructor(context: DeviceContext, room: Room) {
    this.#context = context;
    this.#room = room;
  }

  /** @returns false while something has to come first, or when another writer session has to begin */
  async passed(): Promise<boolean> {
    if (this.#isOpen) return true;
    for (const kind of ['m', 'r'] as const)
      if (!(await this.#isHere(logName(kind, this.#room.id)))) return false;
    if (!(await this.#room.alone(() => this.#remembersAll()))) {
      this.#context.copied();
      return false;
    }
    this.#isOpen = true;
    return true;
  }

  async #isHere(log: LogName): Promise<boolean> {
    const { heads, incoming, catchingUp, feeds } = this.#context;
    if (!heads.known(log)) return false;
    const { segment, count } = heads.of(log);
    if (segment === 0 && count === 0) return true;
    if (envelopesIn(await incoming.vector(documentName(log, segment))) < count) return false;
    // Receipts are not asked for further back.
    if (log.startsWith('r.')) return true;
    return !catchingUp.awaits(log, (await feeds.segment(log)) ?? segment);
  }

  async #remembersAll(): Promise<boolean> {
    const { self, feeds, heads } = this.#context;
    const { history, state, id } = this.#room;
    for (const kind of ['m', 'r'] as const) {
      const reader = history.reader(kind);
      const { segment: newest } = heads.of(reader.log);
      const written = (await feeds.segment(reader.log)) ?? newest;
      for (let at = Math.max(written, newest - SEGMENTS); at <= newest; at += 1)
        history.show(await reader.load(at));
      const latest = reader.latest(self.device, self.generation);
      if (latest && !(await feeds.remembers(reader.log, latest.seq))) return false;
    }
    // By a chain that this device does not have, under the name that its next one would get.
    const epochs = Array.from({ length: (state.fold.state?.epoch ?? 0) + 2 }, (_, epoch) => epoch);
    const { device, generation } = self;
    const own = history.waiting.filter((waiting) => waiting.device === device);
    const names =
      own.length === 0 ? [] : epochs.map((epoch) => ({ conversation: id, epoch, device, generation }));
    const ids = new Set(names.map(distributionId));
    return !own.some((waiting) => ids.has(waiting.distributionId));
  }
}
