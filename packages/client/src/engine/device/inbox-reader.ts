import type { DeviceId, DocumentName, LogName } from '@sotto/protocol';
import { ANSWER, DecodeError, logName, ProtocolError, parseUpdate } from '@sotto/protocol';
import { isAccountError } from '../../account/errors.js';
import { isConversationError } from '../../conversation/errors.js';
import { decodeInboxElement, type InboxElement } from '../../conversation/inbox-element.js';
import { decodeInboxRecord, type InboxRecord } from '../../conversation/inbox-record.js';
import { isCryptoError, SessionCipher } from '../../crypto/index.js';
import { ownerOf } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import { Serial } from '../context/serial.js';
import { sessionLifeWrite } from '../context/session-life.js';
import { lostWrite } from '../repair/lost-sessions.js';
import type { Change } from '../room/room-chains.js';
import { InboxCursor } from './inbox-cursor.js';

/** Whose session a record came over: a device on its account's verified list. */
export interface Sender {
  readonly account: InboxElement['account'];
  readonly device: DeviceId;
}

/**
 * What becomes of a record, by its type: changes to keep with the session's step, and what follows once they are durable. They
 * run inside a transaction of the Signal records, so none of them may begin another.
 */
export type RecordHandlers = {
  readonly [T in InboxRecord['type']]: (
    from: Sender,
    record: Extract<InboxRecord, { type: T }>,
  ) => Promise<Change>;
} & {
  /** A record of a listed device did not open, which is remembered. */
  lost(from: Sender): void;
};

/** Reads this device's inbox: each record once, its effects and the memory of it in one write. */
export class InboxReader {
  readonly log: LogName;
  readonly #context: DeviceContext;
  readonly #cursor: InboxCursor;
  readonly #handlers: RecordHandlers;
  readonly #serial = new Serial();
  /** Something is left unread until somebody has looked at its sender; false again when all of it is asked for. */
  holds = false;

  constructor(context: DeviceContext, handlers: RecordHandlers) {
    this.log = logName('i', context.self.device);
    this.#context = context;
    this.#cursor = new InboxCursor(context.keys);
    this.#handlers = handlers;
  }

  /** What to ask the server for. */
  vector(document: DocumentName): Promise<Map<number, number>> {
    return this.#cursor.vector(document);
  }

  /**
   * Works on what an update brought. Anybody may write here, so one feed that has to wait never holds up another.
   * @throws ProtocolError when a sender could not be looked up now: ask for the document again later
   */
  take(document: DocumentName, update: Uint8Array): Promise<void> {
    return this.#serial.run(async () => {
      let waits: ProtocolError | undefined;
      for (const run of parseUpdate(update, document, ANSWER)) {
        try {
          await this.#run(document, run);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          waits = error;
        }
      }
      if (waits) throw waits;
    });
  }

  /** Runs a task while no record is being worked on. */
  aside<T>(task: () => Promise<T>): Promise<T> {
    return this.#serial.run(task);
  }

  async #run(document: DocumentName, run: ReturnType<typeof parseUpdate>[number]): Promise<void> {
    const cursor = await this.#cursor.at(document, run.client);
    const root = run.structs[0]?.root;
    const device = cursor?.device ?? (root === undefined ? undefined : ownerOf(root, run.client));
    const next = cursor?.next ?? 0;
    // Without its beginning a feed has no known owner; the next answer starts there.
    if (!device || run.clock > next) return;
    for (const [index, struct] of run.structs.entries()) {
      const clock = run.clock + index;
      if (clock < next) continue;
      try {
        await this.#one(document, run.client, device, clock, struct.envelope);
      } catch (error) {
        if (!(error instanceof SenderHeld)) throw error;
        this.holds = true;
        return;
      }
    }
  }

  async #one(
    document: DocumentName,
    client: number,
    device: DeviceId,
    clock: number,
    envelope: Uint8Array,
  ): Promise<void> {
    const after = { device, next: clock + 1 };
    const remember = this.#cursor.move(document, client, after);
    const change = await this.#open(device, envelope, remember);
    if (!change) await this.#context.keys.write([remember]);
    await this.#cursor.moved(document, client, after);
    change?.done();
  }

  /** @returns undefined for what is not good and never will be: it is passed over, with nothing written */
  async #open(
    device: DeviceId,
    envelope: Uint8Array,
    remember: ReturnType<InboxCursor['move']>,
  ): Promise<Change | undefined> {
    const element = readElement(envelope);
    if (!element || !(await this.#isListed(element.account, device))) return undefined;
    try {
      return await this.#decrypt(element, device, remember);
    } catch (error) {
      if (!isCryptoError(error)) throw error;
      if (isCryptoError(error, 'crypto/untrusted-identity')) return undefined;
      return this.#lost({ account: element.account, device }, remember);
    }
  }

  /** @throws CryptoError when no session opens it */
  #decrypt(
    element: InboxElement,
    device: DeviceId,
    remember: ReturnType<InboxCursor['move']>,
  ): Promise<Change> {
    const { signal, lease } = this.#context;
    const { account, kind, body } = element;
    return signal.transact(async (stores) => {
      const address = { name: account, deviceId: device };
      const isFirst = (await stores.sessions.loadSession(address)) === undefined;
      const cipher = new SessionCipher(stores, address);
      const plaintext =
        kind === 'prekey'
          ? await cipher.decryptPreKeySignalMessage(body)
          : await cipher.decryptSignalMessage(body);
      const change = await this.#effect(element, device, plaintext);
      stores.also([...change.writes, remember]);
      // This life's half of the session is fresh: it may answer by it.
      if (isFirst) stores.also([sessionLifeWrite({ account, device }, lease.number)]);
      return change;
    });
  }

  /** It is of somebody's device and does not open: whatever it said, that device has to hear of it. */
  async #lost(from: Sender, remember: ReturnType<InboxCursor['move']>): Promise<Change> {
    const writes = [remember, lostWrite(from)];
    await this.#context.keys.write(writes);
    return { writes, done: () => this.#handlers.lost(from) };
  }

  /** The session has moved on whatever the record says, so a bad record must not undo that. */
  async #effect(element: InboxElement, device: DeviceId, plaintext: Uint8Array): Promise<Change> {
    try {
      return await this.#dispatch({ account: element.account, device }, decodeInboxRecord(plaintext));
    } catch (error) {
      if (!isConversationError(error)) throw error;
      return { writes: [], done: () => {} };
    }
  }

  #dispatch(from: Sender, record: InboxRecord): Promise<Change> {
    switch (record.type) {
      case 'chain':
        return this.#handlers.chain(from, record);
      case 'request':
        return this.#handlers.request(from, record);
      case 'account':
        return this.#handlers.account(from, record);
      case 'past':
        return this.#handlers.past(from, record);
      case 'removed':
        return this.#handlers.removed(from, record);
    }
  }

  /** Whether the account's verified list has the device; asks once when the one known does not. */
  async #isListed(account: InboxElement['account'], device: DeviceId): Promise<boolean> {
    const { people, self, owedBounds } = this.#context;
    // Its last chains may be on their way still.
    if (account === self.account && owedBounds.isLeaving(device)) return true;
    const lists = (person: Awaited<ReturnType<typeof people.known>>) =>
      person?.list.list.devices.some(({ id }) => id === device) ?? false;
    if (lists(await people.known(account))) return true;
    people.outdated(account);
    try {
      const person = await people.fresh(account);
      if (person.offered?.list.devices.some(({ id }) => id === device)) throw new SenderHeld();
      return lists(person);
    } catch (error) {
      // A list that does not verify names nobody, and an account that is not there has no devices.
      if (isAccountError(error)) return false;
      if (error instanceof ProtocolError && error.code === 'auth/not-found') return false;
      throw error;
    }
  }
}

/** @returns undefined for bytes that are no element, or one of a newer layout */
function readElement(envelope: Uint8Array): InboxElement | undefined {
  try {
    return decodeInboxElement(envelope);
  } catch (error) {
    if (isConversationError(error) || error instanceof DecodeError) return undefined;
    throw error;
  }
}

/**
 * The sender's account key changed and nobody has looked at it yet. What they sent stays unread until then, and is read
 * when somebody did.
 */
class SenderHeld extends Error {}
