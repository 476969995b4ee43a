import type { DocumentName, LogRecord, Run, UpdateBounds } from '@sotto/protocol';
import {
  DEVICE_UPDATE,
  DecodeError,
  feedRoot,
  LIMITS,
  ProtocolError,
  parseDocumentName,
  parseUpdate,
} from '@sotto/protocol';
import type { LogStore, Stored } from '@sotto/store';
import type { Identity } from '../access/identity.js';
import type { Pace } from '../access/pace.js';
import type { Rights } from '../access/rights.js';
import { NO_COUNTER } from '../access/rights.js';
import type { Segments } from './segments.js';

/** Times that a change of access is followed while one batch is written. */
const TRIES = 3;

/** Whose update it is, and with which client ids. */
export interface Writer {
  readonly identity: Identity;
  readonly clients: ReadonlySet<number>;
  /** Nothing of it is begun any more: its session or lease is over, or its socket. */
  readonly closed: boolean;
}

/** What became of a batch: either part may be absent, not both. */
export interface Appended {
  /** Everything of the client below this clock is durable. */
  readonly next: number | undefined;
  readonly refusal: ProtocolError | undefined;
}

/**
 * Takes an update apart by the grammar.
 * @throws ProtocolError `sync/grammar`, `sync/too-large`
 */
export function readRuns(update: Uint8Array, document: DocumentName, bounds: UpdateBounds): Run[] {
  try {
    return parseUpdate(update, document, bounds);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const large = error.fault === 'too-large' || error.fault === 'too-many';
    throw new ProtocolError(large ? 'sync/too-large' : 'sync/grammar', { detail: error.message });
  }
}

/**
 * The one run of a device's update, of its own client and under its own root (SPEC U4, G2).
 * @throws ProtocolError `sync/too-large`, `sync/grammar`, `sync/client-id`
 */
export function readOwnRun(writer: Writer, document: DocumentName, update: Uint8Array): Run {
  if (update.length > LIMITS.updateBytes) throw new ProtocolError('sync/too-large', { detail: 'update' });
  const [run] = readRuns(update, document, DEVICE_UPDATE);
  if (!run) throw new ProtocolError('sync/grammar', { detail: 'no run' });
  checkOwner(writer, run);
  return run;
}

/** @throws ProtocolError `sync/client-id`, `sync/grammar` */
export function checkOwner(writer: Writer, run: Run): void {
  if (!writer.clients.has(run.client)) throw new ProtocolError('sync/client-id');
  const root = run.clock === 0 ? run.structs[0]!.root : undefined;
  if (run.clock === 0 && root !== feedRoot(writer.identity.device, run.client))
    throw new ProtocolError('sync/grammar', { detail: 'root of another feed' });
}

/** Writes runs of devices into the log under SPEC S. */
export class Appending {
  readonly #log: LogStore;
  readonly #rights: Rights;
  readonly #segments: Segments;
  readonly #pace: Pace;

  constructor(log: LogStore, rights: Rights, segments: Segments, pace: Pace) {
    this.#log = log;
    this.#rights = rights;
    this.#segments = segments;
    this.#pace = pace;
  }

  /**
   * Writes a run whose owner was checked, as fast as its device may write (S11). Resolves when what it says is durable.
   * @param counter the state counter that it was sealed under
   * @throws ProtocolError when all of it is refused, or nothing may be assumed
   */
  async append(writer: Writer, run: Run, counter: number): Promise<Appended> {
    const { document, log } = parseDocumentName(run.records[0]!.document);
    this.#pace.appends(writer.identity, run.records);
    if (document.log.kind !== 'i') return this.#append(writer, run, counter);
    const { admitted, refusal } = this.#pace.inbox(writer.identity.device, log, run.records.length);
    if (admitted === 0 && refusal) throw refusal;
    const appended = await this.#append(writer, firstOf(run, admitted), counter);
    return refusal ? { ...appended, refusal: appended.refusal ?? refusal } : appended;
  }

  async #append(writer: Writer, run: Run, counter: number, tries = TRIES): Promise<Appended> {
    const name = run.records[0]!.document;
    const { document, log } = parseDocumentName(name);
    const { length: count } = run.records;
    const standing =
      this.#rights.known(writer.identity, document.log, counter) ??
      (await this.#rights.append(writer.identity, document.log, counter));
    let release: () => void;
    try {
      if (standing !== NO_COUNTER && counter !== standing) throw new ProtocolError('sync/stale');
      release =
        this.#segments.reserveKnown(log, name, document.segment, count) ??
        (await this.#segments.reserve(log, name, document.segment, count));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.#acknowledgeHeld(run, error);
    }
    let stands = true;
    const standsNow = () => {
      stands = !writer.closed && this.#rights.stands(writer.identity, document.log, counter);
      return stands;
    };
    let stored: Stored[];
    try {
      const dependsOn = this.#rights.dependsOn(writer.identity, document.log);
      stored = await this.#log.append(run.records, standsNow, dependsOn);
    } finally {
      release();
    }
    if (stands) return outcome(run, stored);
    if (writer.closed) throw new ProtocolError('sync/store-unavailable', { detail: 'closed' });
    // The list changed meanwhile: whether it is refused, and how, is decided by the one that counts now.
    if (tries === 0) throw new ProtocolError('sync/store-unavailable', { detail: 'access' });
    return this.#append(writer, run, counter, tries - 1);
  }

  /** Next clock of a client in a document: what a writer at a gap is told. */
  async next(document: DocumentName, client: number): Promise<number> {
    return (await this.#log.stateVector(document)).get(client) ?? 0;
  }

  /** What is durable already is acknowledged again, whatever has passed since; the rest is refused (S2, S3). */
  async #acknowledgeHeld(run: Run, refusal: ProtocolError): Promise<Appended> {
    const held = (await this.next(run.records[0]!.document, run.client)) - run.clock;
    if (held <= 0) throw refusal;
    const known = firstOf(run, held);
    const appended = outcome(known, await this.#log.append(known.records));
    return held < run.records.length ? { ...appended, refusal: appended.refusal ?? refusal } : appended;
  }
}

/** The first `count` envelopes of a run. */
function firstOf(run: Run, count: number): Run {
  return { ...run, records: run.records.slice(0, count), structs: run.structs.slice(0, count) };
}

/** The contiguous prefix that is durable, and why it ends where it ends (SPEC S2, S4, S5). */
export function outcome(
  run: { clock: number; records: readonly LogRecord[] },
  stored: readonly Stored[],
): Appended {
  const stop = stored.findIndex((what) => what === 'fork' || what === 'gap');
  const durable = stop < 0 ? stored.length : stop;
  return {
    next: durable > 0 ? run.clock + durable : undefined,
    refusal: refusal(stored[stop], durable, run),
  };
}

function refusal(
  stopped: Stored | undefined,
  durable: number,
  run: { records: readonly LogRecord[] },
): ProtocolError | undefined {
  if (stopped === 'fork') return new ProtocolError('sync/fork');
  if (stopped === 'gap') return new ProtocolError('sync/gap');
  return durable < run.records.length ? new ProtocolError('sync/store-unavailable') : undefined;
}
