import { randomBytes } from 'node:crypto';
import type { AccountId, approveLinkRequest, DeviceId } from '@sotto/protocol';
import { ProtocolError, toBase64url } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import type { InferOutput } from 'valibot';
import type { PasswordHasher } from '../credentials/password-hasher.js';
import { Proof } from '../credentials/proof.js';
import { changeAccount } from '../records/account-versions.js';
import { hashText, sameBytes } from '../records/hash.js';
import { linkAnswerKey, linkTicketKey } from '../records/keys.js';
import { ownSame } from '../records/own-same.js';
import { type AccountParts, type LinkTicket, linkAnswerRecord, linkTicketRecord } from '../records/record.js';
import type { Continued, Sessions } from '../sessions/sessions.js';
import { announceList, type HeldList, heldList, isListed, readNextList } from './device-lists.js';
import { type NewDevice, speaksFor, storeDevice } from './devices.js';

/** How long a code is good, milliseconds. */
export const TICKET_MS = 10 * 60 * 1_000;
/** How long a question waits for its answer, milliseconds: below what clients and proxies give up after. */
const HOLD_MS = 10_000;

export type ApproveLink = InferOutput<typeof approveLinkRequest>;

/** Browsers that ask to be linked by the code that they show, and what a device of an account says to them (SPEC K9). */
export class LinkTickets {
  readonly #claims: ClaimStore;
  readonly #sessions: Sessions;
  readonly #hasher: PasswordHasher;
  readonly #now: () => number;

  constructor(claims: ClaimStore, sessions: Sessions, hasher: PasswordHasher, now: () => number) {
    this.#claims = claims;
    this.#sessions = sessions;
    this.#hasher = hasher;
    this.#now = now;
  }

  async open(device: NewDevice) {
    const [ticket, secret] = [toBase64url(randomBytes(16)), new Uint8Array(randomBytes(32))];
    await this.#claims.own(
      linkTicketKey(ticket),
      linkTicketRecord.encode({
        v: 1,
        secret: hashText(secret),
        expires: this.#now() + TICKET_MS,
        device,
      }),
    );
    return { ticket, secret, expiresIn: TICKET_MS / 1_000 };
  }

  /** What would be linked. @throws ProtocolError `auth/link-unknown`, `auth/link-expired`, `auth/link-used` */
  async look(ticket: string) {
    const { device, expires } = await this.#good(ticket);
    if (await this.#claims.get(linkAnswerKey(ticket))) throw new ProtocolError('auth/link-used');
    const expiresIn = Math.ceil((expires - this.#now()) / 1_000);
    return { device: device.id, identityKey: device.identityKey, expiresIn };
  }

  /**
   * Links the ticket's device: its keys, then the list that names it, then the answer. The same request again changes nothing.
   * @throws ProtocolError as {@link look}, `auth/credentials-wrong`, `auth/device-list-stale`, `auth/forbidden`, `request/invalid`
   */
  async approve(account: AccountId, by: DeviceId, ticket: string, request: ApproveLink): Promise<void> {
    const { device } = await this.#good(ticket);
    const { deviceList, sealed } = request;
    const proof = new Proof(this.#hasher, request.authKey);
    const { parts } = await changeAccount(this.#claims, account, async (newest) => {
      await proof.require(newest.credentials);
      const repeated = sameBytes(newest.deviceList, deviceList) && isListed(heldList(newest), device.id);
      if (repeated) return undefined;
      requireLinking(readOwnList(account, by, newest, deviceList), device);
      await this.#takeDevice(account, device);
      return { ...newest, deviceList };
    });
    await announceList(this.#claims, heldList(parts));
    const answer = linkAnswerRecord.encode({ v: 1, account, device: device.id, sealed });
    if (!(await ownSame(this.#claims, linkAnswerKey(ticket), answer)))
      throw new ProtocolError('auth/link-used');
  }

  /** Waits a while for what was said through the ticket. @throws ProtocolError `auth/link-unknown`, `auth/link-expired` */
  async wait(ticket: string, secret: Uint8Array): Promise<{ sealed: Uint8Array | null }> {
    await this.#ofSecret(ticket, secret);
    await this.#answered(ticket);
    const answer = await this.#answer(ticket);
    // Cancelled or run out meanwhile.
    if (!answer) await this.#good(ticket);
    return { sealed: answer?.sealed ?? null };
  }

  /** The session of the device that was linked. @throws ProtocolError `auth/link-unknown`, `auth/link-used`, `auth/forbidden` */
  async complete(ticket: string, secret: Uint8Array): Promise<Continued> {
    await this.#ofSecret(ticket, secret);
    const answer = await this.#answer(ticket);
    if (!answer || !(await speaksFor(this.#claims, answer.account, answer.device)))
      throw new ProtocolError('auth/forbidden', { detail: 'not linked' });
    return this.#sessions.beginOnce(`link ${ticket}`, answer.account, answer.device);
  }

  /** The code is no good any more. */
  async cancel(ticket: string, secret: Uint8Array): Promise<void> {
    await this.#ofSecret(ticket, secret);
    await this.#claims.remove(linkTicketKey(ticket));
  }

  async #takeDevice(account: AccountId, device: NewDevice): Promise<void> {
    try {
      await storeDevice(this.#claims, account, device);
    } catch (error) {
      // Another account has linked it.
      if (error instanceof ProtocolError && error.code === 'request/invalid')
        throw new ProtocolError('auth/link-used');
      throw error;
    }
  }

  async #find(ticket: string): Promise<LinkTicket> {
    const claim = await this.#claims.get(linkTicketKey(ticket));
    if (!claim) throw new ProtocolError('auth/link-unknown');
    return linkTicketRecord.decode(claim.body);
  }

  async #good(ticket: string): Promise<LinkTicket> {
    const found = await this.#find(ticket);
    if (this.#now() > found.expires) throw new ProtocolError('auth/link-expired');
    return found;
  }

  async #ofSecret(ticket: string, secret: Uint8Array): Promise<void> {
    const found = await this.#find(ticket);
    const matches = sameBytes(Buffer.from(found.secret), Buffer.from(hashText(secret)));
    if (!matches) throw new ProtocolError('auth/link-unknown');
  }

  async #answer(ticket: string) {
    const claim = await this.#claims.get(linkAnswerKey(ticket));
    return claim && linkAnswerRecord.decode(claim.body);
  }

  /** Resolves when there is an answer, on whichever server it was given, or after a while. */
  async #answered(ticket: string): Promise<void> {
    let unwatch = () => {};
    let timer: NodeJS.Timeout | undefined;
    const came = new Promise<void>((resolve) => {
      unwatch = this.#claims.watch(linkAnswerKey(ticket), () => resolve());
      timer = setTimeout(resolve, HOLD_MS);
      timer.unref();
    });
    try {
      // The subscription is there before the look, so that nothing falls between.
      if (!(await this.#claims.get(linkAnswerKey(ticket)))) await came;
    } finally {
      unwatch();
      clearTimeout(timer);
    }
  }
}

function readOwnList(account: AccountId, by: DeviceId, newest: AccountParts, encoded: Uint8Array) {
  const before = heldList(newest);
  const own = before.list.devices.find(({ id }) => id === by);
  if (!own) throw new ProtocolError('auth/forbidden', { detail: 'device not listed' });
  return { before, next: readNextList(encoded, account, { id: own.id, identityKey: own.key }, newest) };
}

/** The list names what the one before named, and the ticket's device. */
function requireLinking({ before, next }: { before: HeldList; next: HeldList }, device: NewDevice): void {
  const ids = (held: HeldList) => held.list.devices.map(({ id }) => id);
  const added = next.list.devices.filter(({ id }) => !ids(before).includes(id));
  const links =
    next.list.devices.length === before.list.devices.length + 1 &&
    added.length === 1 &&
    added[0]!.id === device.id &&
    sameBytes(added[0]!.key, device.identityKey);
  if (!links)
    throw new ProtocolError('request/invalid', {
      detail: "device list that does not link the ticket's device",
    });
}
