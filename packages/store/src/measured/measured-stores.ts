import type { DocumentName, LogName, LogRecord, StateVector } from '@sotto/protocol';
import type { Claim, ClaimRange, ClaimStore } from '../claims/claim-store.js';
import type { LogHead, LogStore, Stored } from '../log/log-store.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import { TailLag } from './tail-lag.js';

/** Is told what is asked of a store. */
export interface OperationMeters {
  /** Does one operation. */
  operation<T>(store: 'log' | 'claims', operation: string, task: () => Promise<T>): Promise<T>;
}

/** Is told what is asked of the stores, and what the log tells. */
export interface StoreMeters extends OperationMeters {
  /** Envelopes that were made durable. */
  appended(envelopes: number, bytes: number): void;
  /** How long after an own append the tail told of it. */
  tailLag(seconds: number): void;
  /** The tail may have missed something. */
  interrupted(): void;
}

/** A log store that says what is asked of it. */
export class MeasuredLogStore implements LogStore {
  readonly #log: LogStore;
  readonly #meters: StoreMeters;
  readonly #lag: TailLag;
  readonly #leave: Unsubscribe;

  constructor(log: LogStore, meters: StoreMeters) {
    this.#log = log;
    this.#meters = meters;
    this.#lag = new TailLag((seconds) => meters.tailLag(seconds));
    this.#leave = log.tail(
      (records) => this.#lag.told(records),
      () => {
        this.#lag.forget();
        meters.interrupted();
      },
    );
  }

  async append(
    records: readonly LogRecord[],
    stands?: () => boolean,
    dependsOn?: readonly string[],
  ): Promise<Stored[]> {
    const outcomes = await this.#meters.operation('log', 'append', () =>
      this.#log.append(records, stands, dependsOn),
    );
    const fresh = records.filter((_, index) => outcomes[index] === 'stored');
    if (fresh.length > 0) {
      this.#meters.appended(
        fresh.length,
        fresh.reduce((sum, { body }) => sum + body.length, 0),
      );
      this.#lag.durable(fresh.at(-1)!);
    }
    return outcomes;
  }

  read(document: DocumentName, have: StateVector, most?: number): Promise<LogRecord[]> {
    return this.#meters.operation('log', 'read', () => this.#log.read(document, have, most));
  }

  stateVector(document: DocumentName): Promise<Map<number, number>> {
    return this.#meters.operation('log', 'state_vector', () => this.#log.stateVector(document));
  }

  head(log: LogName): Promise<LogHead> {
    return this.#meters.operation('log', 'head', () => this.#log.head(log));
  }

  peekHolds(records: readonly LogRecord[]): boolean {
    return this.#log.peekHolds?.(records) ?? false;
  }

  peekHead(log: LogName): LogHead | undefined {
    return this.#log.peekHead?.(log);
  }

  erase(log: LogName): Promise<number> {
    return this.#meters.operation('log', 'erase', () => this.#log.erase(log));
  }

  tail(listener: (records: readonly LogRecord[]) => void, interrupted?: () => void): Unsubscribe {
    return this.#log.tail(listener, interrupted);
  }

  close(): Promise<void> {
    this.#leave();
    return this.#log.close();
  }
}

/** A claim store that says what is asked of it. */
export class MeasuredClaimStore implements ClaimStore {
  readonly #claims: ClaimStore;
  readonly #meters: OperationMeters;

  constructor(claims: ClaimStore, meters: OperationMeters) {
    this.#claims = claims;
    this.#meters = meters;
  }

  claim(key: string, body: Uint8Array, options?: { confirmWithinMs?: number }): Promise<Claim> {
    return this.#measured('claim', () => this.#claims.claim(key, body, options));
  }

  confirm(claim: Claim): Promise<void> {
    return this.#measured('confirm', () => this.#claims.confirm(claim));
  }

  release(claim: Claim): Promise<void> {
    return this.#measured('release', () => this.#claims.release(claim));
  }

  own(key: string, body: Uint8Array): Promise<Claim> {
    return this.#measured('own', () => this.#claims.own(key, body));
  }

  get(key: string): Promise<Claim | undefined> {
    return this.#measured('get', () => this.#claims.get(key));
  }

  list(range: ClaimRange): Promise<Claim[]> {
    return this.#measured('list', () => this.#claims.list(range));
  }

  remove(key: string, only?: Claim): Promise<void> {
    return this.#measured('remove', () => this.#claims.remove(key, only));
  }

  erase(keys: readonly string[]): Promise<void> {
    return this.#measured('erase', () => this.#claims.erase(keys));
  }

  watch(prefix: string, listener: (claim: Claim) => void, interrupted?: () => void): Unsubscribe {
    return this.#claims.watch(prefix, listener, interrupted);
  }

  #measured<T>(operation: string, task: () => Promise<T>): Promise<T> {
    return this.#meters.operation('claims', operation, task);
  }
}
