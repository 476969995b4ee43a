import type { ByteReader, ByteWriter } from '@sotto/protocol';
import { assertClaimKey } from '../claims/claim-record.js';
import type { Claim, ClaimRange, ClaimStore } from '../claims/claim-store.js';
import { CONFIRM_WITHIN_MS } from '../claims/level-claim-store.js';
import { Listeners } from '../watch/listeners.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import { answered } from './answered.js';
import { readClaim, writeClaim, writeRange, writeTexts } from './fields.js';
import type { HostLink } from './host-link.js';
import type { Operation } from './operations.js';
import { PAGE_CLAIMS } from './operations.js';

/** Who watches one prefix. */
interface Watch {
  readonly listeners: Listeners<[Claim]>;
  readonly interrupted: Listeners<[]>;
  count: number;
}

/** The claim store that a store host has open; the host's clock is the one that counts. */
export class HostedClaimStore implements ClaimStore {
  readonly #link: HostLink;
  readonly #watches = new Map<string, Watch>();
  #heard = 0;

  constructor(link: HostLink) {
    this.#link = link;
  }

  /** Claims that this connection has told of. */
  get heard(): number {
    return this.#heard;
  }

  async claim(key: string, body: Uint8Array, options: { confirmWithinMs?: number } = {}): Promise<Claim> {
    assertClaimKey(key);
    const { confirmWithinMs = CONFIRM_WITHIN_MS } = options;
    return readClaim(
      await this.#ask('claim', key, (writer) => void writer.varBytes(body).varUint(confirmWithinMs)),
    );
  }

  async own(key: string, body: Uint8Array): Promise<Claim> {
    assertClaimKey(key);
    return readClaim(await this.#ask('own', key, (writer) => void writer.varBytes(body)));
  }

  async confirm(claim: Claim): Promise<void> {
    answered(await this.#link.ask('confirm', (writer) => writeClaim(writer, claim)), claim.key);
  }

  async release(claim: Claim): Promise<void> {
    answered(await this.#link.ask('release', (writer) => writeClaim(writer, claim)), claim.key);
  }

  async remove(key: string, only?: Claim): Promise<void> {
    await this.#ask('remove', key, (writer) => {
      writer.byte(only ? 1 : 0);
      if (only) writeClaim(writer, only);
    });
  }

  async erase(keys: readonly string[]): Promise<void> {
    answered(await this.#link.ask('eraseClaims', (writer) => writeTexts(writer, keys)));
  }

  async get(key: string): Promise<Claim | undefined> {
    const reader = await this.#ask('get', key);
    return reader.byte() === 1 ? readClaim(reader) : undefined;
  }

  async list(range: ClaimRange): Promise<Claim[]> {
    const { limit = Infinity } = range;
    const found: Claim[] = [];
    let after = range.after;
    while (found.length < limit) {
      const most = Math.min(PAGE_CLAIMS, limit - found.length);
      const page = await this.#page({ ...range, limit: most, ...(after !== undefined && { after }) });
      found.push(...page);
      if (page.length < most) break;
      after = page.at(-1)!.key;
    }
    return found;
  }

  watch(prefix: string, listener: (claim: Claim) => void, interrupted?: () => void): Unsubscribe {
    const watch = this.#watches.get(prefix) ?? this.#begin(prefix);
    watch.count += 1;
    const stops = [
      watch.listeners.add(listener),
      ...(interrupted ? [watch.interrupted.add(interrupted)] : []),
    ];
    let left = false;
    return () => {
      if (left) return;
      left = true;
      for (const stop of stops) stop();
      watch.count -= 1;
      if (watch.count > 0) return;
      this.#watches.delete(prefix);
      this.#link.say('unwatch', (writer) => void writer.varString(prefix));
    };
  }

  /** A claim was confirmed. */
  told(reader: ByteReader): void {
    const prefix = reader.varString();
    const claim = readClaim(reader);
    reader.end();
    this.#heard += 1;
    this.#watches.get(prefix)?.listeners.tell(claim);
  }

  /** A connection begins: says again what is to be told. */
  follow(): void {
    this.#heard = 0;
    for (const prefix of this.#watches.keys())
      this.#link.say('watch', (writer) => void writer.varString(prefix));
  }

  interrupted(): void {
    for (const { interrupted } of [...this.#watches.values()]) interrupted.tell();
  }

  #begin(prefix: string): Watch {
    const watch = { listeners: new Listeners<[Claim]>(), interrupted: new Listeners<[]>(), count: 0 };
    this.#watches.set(prefix, watch);
    this.#link.say('watch', (writer) => void writer.varString(prefix));
    return watch;
  }

  async #page(range: ClaimRange): Promise<Claim[]> {
    const answer = await this.#link.ask('list', (writer) => writeRange(writer, range));
    const reader = answered(answer);
    return Array.from({ length: reader.varUint() }, () => readClaim(reader));
  }

  async #ask(
    operation: Operation,
    key: string,
    write: (writer: ByteWriter) => void = () => undefined,
  ): Promise<ByteReader> {
    const answer = await this.#link.ask(operation, (writer) => {
      writer.varString(key);
      write(writer);
    });
    return answered(answer, key);
  }
}
