import type { DeviceId, DocumentName, Position, StateVector } from '@sotto/protocol';
import { ANSWER, DecodeError, parseFeedRoot, parseUpdate } from '@sotto/protocol';
import type { MessageStore } from '../store/message-store.js';
import { Doubted } from './doubted.js';

/** Consecutive envelopes of one feed that this device did not have. */
export interface FreshRun {
  readonly client: number;
  /** Clock of the first envelope. */
  readonly clock: number;
  /** Whose feed it is; the root's name says so, at clock 0 only. */
  readonly device: DeviceId | undefined;
  readonly envelopes: readonly Uint8Array[];
}

/** What an update brought. */
export interface Fresh {
  readonly runs: readonly FreshRun[];
  /** Something before a run is missing here: ask for it. */
  readonly gap: boolean;
  /** Some of it was here before and was asked for again: it stands in place of what is stored. */
  readonly again?: boolean;
}

/** Takes updates apart and holds them against what is stored; keeps the state vectors of documents in use. */
export class Incoming {
  readonly #messages: MessageStore;
  readonly #vectors = new Map<DocumentName, Map<number, number>>();
  readonly #doubted: Doubted;

  constructor(messages: MessageStore) {
    this.#messages = messages;
    this.#doubted = new Doubted(messages);
  }

  /** These envelopes made no sense as they came: they count as here, and are asked for again some day. */
  doubt(positions: readonly Position[]): Promise<void> {
    return this.#doubted.add(positions);
  }

  /**
   * Forgets having what made no sense, as far as it may be asked for again now.
   * @param now milliseconds since 1970
   * @returns documents to ask for
   */
  async askAgain(now: number): Promise<DocumentName[]> {
    const again = await this.#doubted.again(now);
    for (const [document, feeds] of again) {
      const vector = await this.#vector(document);
      for (const [client, clock] of feeds) if (clock < (vector.get(client) ?? 0)) vector.set(client, clock);
    }
    return again.map(([document]) => document);
  }

  /** Next clock of every feed in the document that is stored here without a hole. */
  async vector(document: DocumentName): Promise<StateVector> {
    return this.#vector(document);
  }

  /**
   * What is new in an update. Feeds whose root is not a feed's are left out: nobody honest writes them.
   * @throws DecodeError when the update breaks the grammar; nothing of it counts then
   */
  async fresh(document: DocumentName, update: Uint8Array): Promise<Fresh> {
    const runs: FreshRun[] = [];
    let gap = false;
    let again = false;
    const vector = await this.#vector(document);
    for (const run of parseUpdate(update, document, ANSWER)) {
      const next = vector.get(run.client) ?? 0;
      if (run.clock > next) gap = true;
      const known = next - run.clock;
      if (known < 0 || known >= run.structs.length) continue;
      const structs = run.structs.slice(known);
      const root = structs[0]!.root;
      const device = root === undefined ? undefined : ownerOf(root, run.client);
      if (root !== undefined && !device) continue;
      again ||= this.#doubted.isAsked(document, run.client);
      runs.push({
        client: run.client,
        clock: next,
        device,
        envelopes: structs.map((struct) => struct.envelope),
      });
    }
    return { runs, gap, again };
  }

  /** Everything of `client` below `next` is stored now. */
  stored(document: DocumentName, client: number, next: number): void {
    if (this.#doubted.isAsked(document, client)) void this.#doubted.settle(document, client);
    const vector = this.#vectors.get(document);
    if (vector && next > (vector.get(client) ?? 0)) vector.set(client, next);
  }

  async #vector(document: DocumentName): Promise<Map<number, number>> {
    const known = this.#vectors.get(document);
    if (known) return known;
    const vector = await this.#messages.stateVector(document);
    // Another task may have loaded it meanwhile, and counted on from there.
    const raced = this.#vectors.get(document);
    if (raced) return raced;
    this.#vectors.set(document, vector);
    return vector;
  }
}

/** Whose feed a root names; undefined when it is no root of a feed of this client (SPEC D3). */
export function ownerOf(root: string, client: number): DeviceId | undefined {
  try {
    const owner = parseFeedRoot(root);
    return owner.client === client ? owner.device : undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

/** How many envelopes a state vector stands for. */
export function envelopesIn(vector: StateVector): number {
  let sum = 0;
  for (const next of vector.values()) sum += next;
  return sum;
}
