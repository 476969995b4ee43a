import { setTimeout as pause } from 'node:timers/promises';
import type { ClientGrant, DocumentName } from '@sotto/protocol';
import { TestDevice } from './device.js';
import type { Replica } from './processes.js';
import type { Person } from './server.js';
import { accessToken } from './server.js';

const BATCH_MS = 10;

/**
 * A device that writes one envelope after another into one document and comes back to another server whenever its socket
 * closes, with what is not acknowledged: as an outbox does, with the bare wire.
 */
export class PersistentWriter {
  readonly who: Person;
  readonly document: DocumentName;
  /** Everything below is durable, as the server said. */
  acknowledged = 0;
  /** Close codes of its sockets. */
  readonly closes: number[] = [];
  /** Codes of errors that it was told. */
  readonly errors: string[] = [];
  client = 0;
  /** It pauses once so much is acknowledged: a segment takes only so many. */
  goal = 0;
  readonly #replicas: readonly Replica[];
  #grant: ClientGrant | undefined;
  #at: number;
  #stopping = false;

  /** @param first which server it comes to first */
  constructor(who: Person, document: DocumentName, replicas: readonly Replica[], first: number) {
    this.who = who;
    this.document = document;
    this.#replicas = replicas;
    this.#at = first;
  }

  stop(): void {
    this.#stopping = true;
  }

  /** Writes until told to stop, and until everything that it wrote is acknowledged. */
  async write(): Promise<void> {
    while (!this.#stopping) {
      const device = await this.#arrive();
      if (!device) continue;
      try {
        while (!this.#stopping) {
          if (this.acknowledged < this.goal) await this.#writeOne(device);
          else await pause(BATCH_MS);
        }
      } catch {
        // The socket closed, or was refused something: what is not acknowledged is sent again.
        device.cut();
        this.closes.push(await device.closed());
      }
      this.errors.push(...device.all('error').map(({ code }) => code));
      if (this.#stopping) device.cut();
    }
  }

  async #arrive(): Promise<TestDevice | undefined> {
    this.#at = (this.#at + 1) % this.#replicas.length;
    try {
      const device = await TestDevice.open(this.#replicas[this.#at]!.url);
      device.who = this.who;
      device.hello(await accessToken(this.who), { grants: this.#grant ? [this.#grant] : [] });
      await device.next('welcome');
      if (!this.#grant) {
        device.send({ type: 'grant' });
        this.#grant = (await device.next('granted')).grant;
        this.client = this.#grant.client;
      }
      device.client = this.client;
      return device;
    } catch {
      // Nobody there, or not now.
      await pause(BATCH_MS * (1 + Math.random()));
      return undefined;
    }
  }

  async #writeOne(device: TestDevice): Promise<void> {
    device.append(1, this.document, device.updateAt(this.document, this.acknowledged, 1, 100));
    const refused = () => device.all('error').at(-1);
    const acks = device.all('ack').length;
    const ack = await device.until(
      () => (refused() ? ('refused' as const) : device.all('ack')[acks]),
      'acknowledgement',
    );
    if (ack === 'refused') throw new Error('refused');
    this.acknowledged = ack.next;
    await pause(BATCH_MS);
  }
}
