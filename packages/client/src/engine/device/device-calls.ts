import type { ConversationId } from '@sotto/protocol';
import { ProtocolError, parseDocumentName } from '@sotto/protocol';
import type { AttachmentReference } from '../../conversation/attachment-reference.js';
import { createMessage, encodeEvent } from '../../conversation/event.js';
import type { EngineCalls } from '../api/engine-api.js';
import type { Standing } from '../context/account-state.js';
import type { Drafts } from '../context/drafts.js';
import { peerOf } from '../room/scope.js';
import type { OpenDevice } from './open-device.js';
import type { OpenRoom } from './rooms.js';

type Call<K extends keyof EngineCalls> = EngineCalls[K];

/** Longest that scrolling back waits for the server, milliseconds. */
const OLDER_MS = 5_000;

/** The calls that need an open device. */
export class DeviceCalls {
  readonly #device: OpenDevice;
  readonly #drafts: Drafts;
  readonly #listChanged: () => void;

  constructor(device: OpenDevice, drafts: Drafts, listChanged: () => void) {
    this.#device = device;
    this.#drafts = drafts;
    this.#listChanged = listChanged;
  }

  startDirect: Call<'startDirect'> = async ({ username }) => {
    const { context, rooms } = this.#device;
    const name = username.trim().toLowerCase();
    const known = context.summaries
      .all()
      .find(([, { kind, peer }]) => kind === 'direct' && peer?.username === name);
    const account = known?.[1].peer?.account ?? (await context.people.named(name)).account;
    const { room } = await rooms.direct(account);
    await room.alone(() => room.settle());
    // Nothing else remembers with whom it is, as long as nothing was said.
    await context.summaries.flush();
    const standing = context.accountLog.standing(account);
    if (standing === undefined || standing === 'declined')
      await this.#decide(account, room.history.marks.list().length > 0 ? 'accepted' : 'invited');
    return { conversation: room.id };
  };

  answerRequest: Call<'answerRequest'> = async ({ conversation, answer }) => {
    const { room } = await this.#room(conversation);
    const standings = { accept: 'accepted', decline: 'declined', block: 'blocked' } as const;
    await this.#decide(decidedAbout(room), standings[answer]);
    if (answer === 'accept') this.#device.oweReceipt(room);
    await room.alone(() => room.settle());
  };

  unblock: Call<'unblock'> = async ({ conversation }) => {
    const { room } = await this.#room(conversation);
    await this.#decide(decidedAbout(room), 'accepted');
    this.#device.oweReceipt(room);
    await room.alone(() => room.settle());
  };

  send: Call<'send'> = async ({ conversation, text, attachments }) => {
    const open = await this.#room(conversation);
    const { context } = this.#device;
    const say = async (
      files?: readonly AttachmentReference[],
      write = context.outbox.add.bind(context.outbox),
    ) => {
      const event = createMessage({ text, clock: context.tick(), ...(files && { attachments: files }) });
      return write({ conversation, log: 'm', event: event.id, bytes: encodeEvent(event) });
    };
    const entry = attachments?.length
      ? await (await import('./attached-message.js')).queueWithFiles(context, conversation, attachments, say)
      : await say();
    this.#device.kick(open);
    await open.room.showQueued(entry);
    await this.#answered(open);
    return { event: entry.event };
  };

  retry: Call<'retry'> = async ({ conversation, event }) => {
    const open = await this.#room(conversation);
    const { outbox } = this.#device.context;
    const entry = outbox.of(conversation).find((one) => one.event === event);
    // What has not failed is on its way; taking it back would leave a hole in its feed.
    if (!entry?.failed) return;
    const again = { ...entry, frozen: null, failed: null };
    await outbox.replace([again]);
    await open.room.showQueued(again);
    this.#device.kick(open);
  };

  discard: Call<'discard'> = async ({ conversation, event }) => {
    const { room } = await this.#room(conversation);
    const { attached, outbox } = this.#device.context;
    const entry = outbox.of(conversation).find((one) => one.event === event && !one.frozen);
    if (!entry) return;
    if (attached.files)
      await (await import('./attached-message.js')).discardWithFiles(
        this.#device.context,
        attached.files,
        entry,
      );
    else await outbox.remove([entry]);
    await room.alone(async () => {
      room.history.timeline.discard(event);
      await room.settle();
    });
  };

  markRead: Call<'markRead'> = async ({ conversation, event }) => {
    const { room } = await this.#room(conversation);
    const message = room.history.timeline.find(event);
    if (!message) return;
    if (await room.markRead(message)) await this.#device.wasRead(room);
    await this.#device.context.summaries.kept();
  };

  saveDraft: Call<'saveDraft'> = async ({ conversation, text }) => {
    if (this.#drafts.of(conversation) === text) return;
    await this.#drafts.save(conversation, text, this.#device.context.now());
    this.#listChanged();
  };

  loadOlder: Call<'loadOlder'> = async ({ conversation }) => {
    const { room } = await this.#room(conversation);
    const missing = await room.older();
    const { connection, incoming, catchingUp } = this.#device.context;
    if (!missing || connection.state !== 'online') return;
    const { log, document } = parseDocumentName(missing);
    await catchingUp.asking(log, [document.segment]);
    const came = this.#device.following.nextAnswer(missing, OLDER_MS);
    connection.askFor(missing, await incoming.vector(missing));
    if (await came) await room.refill();
  };

  reconnect: Call<'reconnect'> = async () => this.#device.connect();

  localContents: Call<'localContents'> = async () => {
    const { summaries, outbox } = this.#device.context;
    return { conversations: summaries.all().length, queued: outbox.waiting };
  };

  /** Whoever writes to a stranger has accepted him. */
  async #answered({ room }: OpenRoom): Promise<void> {
    const about = decidedAbout(room);
    const standing = this.#device.context.accountLog.standing(about);
    if (standing !== undefined && standing !== 'declined') return;
    const met = room.kind === 'group' || room.history.marks.list().length > 0;
    await this.#decide(about, met ? 'accepted' : 'invited');
    this.#device.oweReceipt(room);
  }

  async #decide(whom: Parameters<OpenDevice['decide']>[0], standing: Standing): Promise<void> {
    await this.#device.decide(whom, standing);
    this.#listChanged();
  }

  async #room(conversation: ConversationId): Promise<OpenRoom> {
    const open = await this.#device.rooms.get(conversation);
    if (!open) throw new ProtocolError('auth/not-found', { detail: 'conversation' });
    return open;
  }
}

/** Whom or what an answer is about: the person of a direct conversation, or the group itself. */
function decidedAbout({ id, scope }: OpenRoom['room']): Parameters<OpenDevice['decide']>[0] {
  return peerOf(scope) ?? id;
}
