import type { AccountId, ConversationId } from '@sotto/protocol';
import { decodeMailEvent } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { PASSWORD } from '../people/person.js';
import { joinStore } from './open-store.js';
import { clientsOf } from './schedule/shape.js';
import { until } from './until.js';
import { nameOf, type World } from './world.js';

/** Who signs up at once: passwords are dear. */
const AT_ONCE = 4;
const PATIENCE_MS = 180_000;

/** Everybody signs up or links a second device, and all conversations begin: before anything goes wrong. */
export async function begin(world: World): Promise<void> {
  const { shape } = world;
  const stores = await joinStore(world.servers);
  try {
    const firsts = shape.accounts.flatMap((account, client) =>
      shape.accounts.indexOf(account) === client ? [client] : [],
    );
    const queue = [...firsts];
    const lane = async () => {
      for (let client = queue.shift(); client !== undefined; client = queue.shift())
        await signUp(world, client, stores.claims);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    const others = shape.accounts.flatMap((_, client) => (firsts.includes(client) ? [] : [client]));
    await Promise.all(
      others.map((client) =>
        world.ask(client, 'signIn', { login: nameOf(shape, client), password: PASSWORD }),
      ),
    );
    await online(world);
    for (let number = 0; number < shape.conversations.length; number += 1)
      world.conversations.push(await beginConversation(world, number));
  } finally {
    await stores.close();
  }
}

async function signUp(world: World, client: number, claims: ClaimStore): Promise<void> {
  const username = nameOf(world.shape, client);
  const email = `${username}@example.org`;
  await world.ask(client, 'requestSignUp', { email });
  let token: string | undefined;
  // A database of several nodes lists it a little later.
  await until(
    async () => {
      token = await linkToken(claims, email);
      return token !== undefined;
    },
    PATIENCE_MS,
    'a link by mail',
  );
  await world.ask(client, 'completeSignUp', { token, username, password: PASSWORD });
}

async function linkToken(claims: ClaimStore, email: string): Promise<string | undefined> {
  const mails = (await claims.list({ prefix: 'mail:' })).map(({ body }) => decodeMailEvent(body));
  const mail = mails.findLast(({ to, template }) => to === email && template === 'sign-up');
  return mail && 'link' in mail ? mail.link.split('#')[1] : undefined;
}

function online(world: World): Promise<void> {
  return until(
    async () => {
      const looks = await Promise.all(world.shape.accounts.map((_, client) => world.look(client)));
      return looks.every(({ connection }) => connection === 'online');
    },
    PATIENCE_MS,
    'everybody online',
  );
}

/** The first member's first device begins it, the others accept. */
async function beginConversation(world: World, number: number): Promise<ConversationId> {
  const { shape } = world;
  const members = shape.conversations[number]!.map((account) => shape.accounts.indexOf(account));
  const [founder, ...others] = members as [number, ...number[]];
  let conversation: ConversationId;
  if (members.length === 2) {
    const username = nameOf(shape, others[0]!);
    ({ conversation } = await world.ask<{ conversation: ConversationId }>(founder, 'startDirect', {
      username,
    }));
  } else {
    const people: AccountId[] = [];
    for (const other of others) {
      const found = await world.ask<{ account: AccountId }>(founder, 'lookUp', {
        username: nameOf(shape, other),
      });
      people.push(found.account);
    }
    const group = { name: `group ${number}`, people, sharesPast: false };
    ({ conversation } = await world.ask<{ conversation: ConversationId }>(founder, 'createGroup', group));
  }
  await world.ask(founder, 'send', { conversation, text: `begin ${number}` });
  for (const client of clientsOf(shape, number)) await settle(world, client, conversation);
  return conversation;
}

/** Waits until a client has the conversation, and accepts it where it asks. */
function settle(world: World, client: number, conversation: ConversationId): Promise<void> {
  return until(
    async () => {
      const found = (await world.look(client)).conversations.find(({ id }) => id === conversation);
      if (found?.standing === 'request')
        await world.ask(client, 'answerRequest', { conversation, answer: 'accept' });
      return found !== undefined && found.standing !== 'request';
    },
    PATIENCE_MS,
    `client ${client} in ${conversation}`,
  );
}
