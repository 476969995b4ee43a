import { equalBytes } from '../../conversation/hash.js';
import { stateKeyId } from '../../conversation/state-envelope.js';
import type { ChainEntry, StateEntry } from '../archive/archive-entry.js';
import type { DeviceContext } from '../context/device-context.js';
import { archiveFacts } from '../room/archiving.js';
import { storedChain } from '../room/room-chains.js';
import { decodeFacts, FACTS_PREFIX } from '../room/room-facts.js';

/** How long what other own devices heard, too, waits for one of them to archive it: at least, and at most so much more. Milliseconds. */
const PATIENCE_MS = 500;
const JITTER_MS = 2_500;

/** What writing the archive needs of the device. */
export interface ArchiveWriting {
  readonly context: DeviceContext;
  /** Everything of the archive is here: what it holds already need not be written. */
  isCaughtUp(): boolean;
}

/** Brings what waits into the archive once what others put there is known. */
export class ArchiveWriter {
  readonly #writing: ArchiveWriting;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(writing: ArchiveWriting) {
    this.#writing = writing;
  }

  /** Something waits. @param soon other devices are not about to archive the same */
  queued(soon: boolean): void {
    clearTimeout(this.#timer);
    const { context } = this.#writing;
    const send = () => context.guard(() => this.send());
    this.#timer = setTimeout(send, soon ? 0 : PATIENCE_MS + Math.random() * JITTER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Sends what waits, unless the archive has it by now. @throws ProtocolError */
  async send(): Promise<void> {
    const { archive, connection, posts, sendPosts } = this.#writing.context;
    if (connection.state !== 'online' || !this.#writing.isCaughtUp()) return;
    await posts.withdraw(await archive.superfluous(posts.of(archive.log)));
    if (posts.of(archive.log).length > 0) await sendPosts(archive.log);
  }

  /** Archives again what only devices archived that are no longer the account's. */
  async replaceOrphans(): Promise<void> {
    const { archive, keys } = this.#writing.context;
    for (const entry of await archive.orphans()) {
      const archived = await (entry.status === 'chain' ? this.#chain(entry) : this.#state(entry));
      if (!archived) continue;
      await keys.write(archived.writes);
      archived.done();
    }
  }

  async #chain({ conversation, id, key, signature }: ChainEntry) {
    const { archive, keys } = this.#writing.context;
    const chain = await storedChain(keys, conversation, id);
    return chain && archive.chain(chain, { key, signature });
  }

  async #state({ conversation, keyId }: StateEntry) {
    const { archive, keys } = this.#writing.context;
    const value = await keys.get(`${FACTS_PREFIX}${conversation}`);
    const facts = value && decodeFacts(value);
    const stateKeys = facts?.stateKeys.filter(({ key }) => equalBytes(stateKeyId(key), keyId)) ?? [];
    return facts && archiveFacts(archive, conversation, undefined, { ...facts, stateKeys });
  }
}
