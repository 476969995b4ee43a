import type { AccountId, ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { groupConversationId } from '../../conversation/direct.js';
import { type Admission, MAX_NAME } from '../../conversation/state-body.js';
import { createStateKey } from '../../conversation/state-envelope.js';
import type { CreateEvent } from '../../conversation/state-event.js';
import { signStateEvent } from '../../conversation/state-signature.js';
import type { GroupCalls as Calls } from '../api/group-calls.js';
import type { Wish } from '../context/wishes.js';
import type { OpenDevice } from './open-device.js';
import type { OpenRoom } from './rooms.js';

type Call<K extends keyof Calls> = Calls[K];

/** What a person wishes of groups. */
export class GroupCalls {
  readonly #device: OpenDevice;

  constructor(device: OpenDevice) {
    this.#device = device;
  }

  lookUp: Call<'lookUp'> = async ({ username }) => {
    const { people, self } = this.#device.context;
    const person = await people.named(username.trim().toLowerCase());
    if (person.account === self.account) throw new ProtocolError('client/own-username');
    return { account: person.account, username: person.username };
  };

  createGroup: Call<'createGroup'> = async ({ name, people, sharesPast }) => {
    const { self } = this.#device.context;
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    const conversation = groupConversationId(self.account, nonce);
    const members = await this.#admissions([...new Set([self.account, ...people])]);
    const body = { kind: 'group', name: readName(name), members, past: sharesPast, nonce } as const;
    const open = await this.#found(conversation, body);
    await this.#wish(open, { type: 'create' });
    return { conversation };
  };

  addMembers: Call<'addMembers'> = async ({ conversation, people }) => {
    if (people.length > 0)
      await this.#wish(await this.#group(conversation), { type: 'add', people: [...people] });
  };

  removeMember: Call<'removeMember'> = async ({ conversation, account }) => {
    if (account === this.#device.context.self.account) return this.leaveGroup({ conversation });
    await this.#wish(await this.#group(conversation), { type: 'remove', account });
  };

  leaveGroup: Call<'leaveGroup'> = async ({ conversation }) => {
    await this.#wish(await this.#group(conversation), { type: 'leave' });
  };

  hideGroup: Call<'hideGroup'> = async ({ conversation }) => {
    const { room } = await this.#group(conversation);
    if (room.member) throw new ProtocolError('auth/forbidden', { detail: 'still in it' });
    await this.#device.decide(conversation, 'hidden');
    await room.alone(() => room.settle());
  };

  setRole: Call<'setRole'> = async ({ conversation, account, role }) => {
    await this.#wish(await this.#group(conversation), { type: 'role', account, role });
  };

  renameGroup: Call<'renameGroup'> = async ({ conversation, name }) => {
    await this.#wish(await this.#group(conversation), { type: 'rename', name: readName(name) });
  };

  setSharesPast: Call<'setSharesPast'> = async ({ conversation, sharesPast }) => {
    await this.#wish(await this.#group(conversation), { type: 'past', shared: sharesPast });
  };

  withdrawChange: Call<'withdrawChange'> = async ({ conversation, change }) => {
    const { wishes } = this.#device.context;
    const { room } = await this.#group(conversation);
    const queued = wishes.of(conversation).find(({ id }) => id === change);
    if (queued) await wishes.remove(queued.id);
    await room.alone(() => room.settle());
  };

  /** The group as it begins, on this device: durable when it resolves. */
  async #found(conversation: ConversationId, body: CreateEvent['body']): Promise<OpenRoom> {
    const { context, rooms } = this.#device;
    const { self } = context;
    const base = { conversation, device: self.device, account: self.account, clock: context.tick() };
    const event: CreateEvent = { ...base, type: 'create', parents: [], counter: 1, body };
    const signed = signStateEvent(event, self.identity);
    const key = createStateKey();
    rooms.adopt(conversation, { kind: 'group' });
    const open = await rooms.getOpen(conversation);
    await open.room.changeFacts(() => ({
      scope: { kind: 'group' },
      members: body.members.map(({ account }) => account).sort(),
      stateKeys: [{ by: self.account, key }],
      ...{ firstKey: null, nextKey: null, joined: null },
      events: [signed],
    }));
    await open.room.alone(() => open.room.learn(key, [signed]));
    return open;
  }

  /** By what is known of them, so that it works without the server; whoever is not known is asked for, all at once. */
  async #admissions(accounts: readonly AccountId[]): Promise<Admission[]> {
    const { people, self } = this.#device.context;
    const known = await Promise.all(accounts.map((account) => people.known(account)));
    return Promise.all(
      accounts.map(async (account, index): Promise<Admission> => {
        const { identity } = known[index] ?? (await people.fresh(account));
        return { account, identity, role: account === self.account ? 'admin' : 'member' };
      }),
    );
  }

  async #wish(open: OpenRoom, wish: Wish): Promise<void> {
    await this.#device.context.wishes.add(open.room.id, wish);
    await open.room.alone(() => open.room.settle());
    this.#device.kick(open);
  }

  async #group(conversation: ConversationId): Promise<OpenRoom> {
    const open = await this.#device.rooms.getOpen(conversation);
    if (open.room.kind !== 'group') throw new ProtocolError('auth/forbidden', { detail: 'not a group' });
    return open;
  }
}

function readName(name: string): string {
  const trimmed = name.trim();
  const isGood = trimmed.length > 0 && trimmed.length <= MAX_NAME && !/\p{Cc}/u.test(trimmed);
  if (!isGood) throw new ProtocolError('request/invalid', { detail: 'name of a group' });
  return trimmed;
}
