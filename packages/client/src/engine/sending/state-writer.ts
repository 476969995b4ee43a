import type { AccessChange, ConversationId, DocumentName } from '@sotto/protocol';
import {
  decodeCbor,
  documentName,
  encodeCbor,
  logName,
  ProtocolError,
  parseDocumentName,
  schemas,
} from '@sotto/protocol';
import * as v from 'valibot';
import { sealStateEnvelope } from '../../conversation/state-envelope.js';
import { readStateEvent } from '../../conversation/state-signature.js';
import { encodeStoredContent } from '../../conversation/stored-content.js';
import { encodeRun } from '../../sync/append-run.js';
import { documentAt, following, NO_EVENT } from '../../sync/own-feeds.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { accessAfter } from './access-after.js';

/** A state record on its way out: frozen before it is sent, resent byte for byte. */
const frozenSchema = v.strictObject({
  document: v.pipe(
    v.string(),
    v.transform((text) => parseDocumentName(text).name),
  ),
  client: schemas.count,
  clock: schemas.count,
  counter: schemas.count,
  envelope: v.instance(Uint8Array),
  signed: v.instance(Uint8Array),
  change: v.strictObject({
    kind: v.picklist(['direct', 'group']),
    members: v.array(v.strictObject({ account: schemas.accountId, role: v.picklist(['admin', 'member']) })),
  }),
});
type FrozenState = v.InferOutput<typeof frozenSchema>;

const key = (conversation: ConversationId): string => `state-out/${conversation}`;

/** Writes the state log of one room: one record at a time, each raising the counter. */
export class StateWriter {
  readonly #context: DeviceContext;
  /** A record may have been frozen and not answered: by the last process, or by this one. */
  #mayBeLeft = true;

  constructor(context: DeviceContext) {
    this.#context = context;
  }

  /** Sends what was frozen before and never answered. */
  async resume(room: Room): Promise<void> {
    if (!this.#mayBeLeft) return;
    const value = await this.#context.keys.get(key(room.id));
    if (value) await this.#send(room, decodeCbor(frozenSchema, value));
    this.#mayBeLeft = false;
  }

  /**
   * Appends a signed event to the state log, changes who has access, and raises the counter.
   * @param stateKey 32 bytes, which it is sealed by
   * @throws ProtocolError `sync/stale` when somebody else was first: the state that stands comes by itself;
   * `auth/forbidden` when the event would have no effect
   */
  async write(room: Room, signed: Uint8Array, stateKey: Uint8Array): Promise<void> {
    await this.#send(room, await this.#freeze(room, signed, stateKey, accessAfter(room.state, signed)));
  }

  async #freeze(
    room: Room,
    signed: Uint8Array,
    stateKey: Uint8Array,
    change: AccessChange,
  ): Promise<FrozenState> {
    const { feeds, heads, clientIds, keys } = this.#context;
    const log = logName('s', room.id);
    if (!clientIds.current) await this.#context.freshClientId();
    const at = await feeds.next(log, heads.of(log), clientIds.current!);
    const position = { document: documentAt(log, at), client: at.client, clock: at.clock };
    const envelope = await sealStateEnvelope({ key: stateKey, position, signed });
    const frozen: FrozenState = {
      ...position,
      // Under the counter that it says it was made under, whatever was heard since.
      counter: readStateEvent(signed).event.counter - 1,
      envelope,
      signed: new Uint8Array(signed),
      change: { kind: change.kind, members: change.members.map((member) => ({ ...member })) },
    };
    const moved = feeds.moveTo(log, following(at, NO_EVENT));
    this.#mayBeLeft = true;
    await keys.write([{ key: key(room.id), value: encodeCbor(frozen) }, moved]);
    return frozen;
  }

  async #send(room: Room, frozen: FrozenState): Promise<void> {
    const { connection, self } = this.#context;
    try {
      const counter = await connection.advance({
        conversation: room.id,
        counter: frozen.counter,
        change: frozen.change,
        document: frozen.document,
        update: encodeRun(self.device, [frozen]),
      });
      await this.#keep(room, frozen);
      room.counter = Math.max(room.counter, counter);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code === 'sync/fork') this.#context.copied();
      else if (error.retry !== 'later' && error.retry !== 'sign-in') await this.#forget(room);
      throw error;
    }
  }

  async #keep(room: Room, frozen: FrozenState): Promise<void> {
    const { messages, incoming, keys, self } = this.#context;
    const { document, client, clock, signed, envelope } = frozen;
    await room.alone(async () => {
      const content = encodeStoredContent({ status: 'state', device: self.device, signed });
      await messages.put([{ document, client, clock, content }]);
      incoming.stored(document, client, clock + 1);
      await room.keepState(signed, envelope);
    });
    await keys.write([{ key: key(room.id), value: undefined }]);
  }

  /** Refused: its place is never used again, so the next record begins under a fresh client id. */
  async #forget(room: Room): Promise<void> {
    await this.#context.freshClientId();
    await this.#context.keys.write([{ key: key(room.id), value: undefined }]);
  }
}

/** Every segment of the state log that holds something, for asking the server. */
export function stateDocuments(room: Room, newest: number): DocumentName[] {
  return Array.from({ length: newest + 1 }, (_, segment) => documentName(room.state.log, segment));
}
