import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64url } from '@sotto/protocol';
import { deviceListPrefix } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountOf } from '../people/account.js';
import { isMessage, newPerson, PASSWORD, said } from '../people/person.js';
import { acquaint } from './testing/converging.js';
import { forgedSession } from './testing/forged-session.js';
import { deviceOf, linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';

/** A stolen device that was removed, and a server that goes on serving it all the same: neither reads what is said from then on. */
const test = suite('a removed device and a server that helps it');
const servers = await runServers();
test.after(() => servers.remove());

const isTold = (text: string) => (items: readonly { kind: string; text?: string }[]) =>
  items.some((item) => item.kind === 'message' && item.text === text);

for (const removed of [true, false])
  test(`K7 U11: ${removed ? 'it reads nothing that is new' : 'control: were it not removed, it would'}`, async () => {
    const suffix = removed ? '1' : '2';
    const { a, b, conversation } = await acquaint(servers, `rosa${suffix}`, `saul${suffix}`);
    const phone = await linkByPassword(servers, `rosa${suffix}`);
    await phone.untilList((list) => list.length === 1);
    await b.engine.calls.send({ conversation, text: 'before' });
    await phone.untilTimeline(conversation, ({ items }) => isTold('before')(items));
    const [account, device] = [await accountOf(phone), await deviceOf(phone)];
    const [old] = await servers.stores.claims.list({
      prefix: deviceListPrefix(account),
      reverse: true,
      limit: 1,
    });
    await phone.engine.close();
    const stolen = await mkdtemp(join(tmpdir(), 'sotto-stolen-'));
    await cp(phone.folder, stolen, { recursive: true });

    if (removed) {
      await a.engine.calls.removeDevice({ device, password: PASSWORD });
      await b.untilDetails(conversation, ({ members }) =>
        members.every(({ devices }) => devices.every(({ id }) => id !== device)),
      );
    }
    await b.engine.calls.send({ conversation, text: 'after' });
    await a.untilTimeline(conversation, ({ items }) => isTold('after')(items));
    await a.engine.calls.send({ conversation, text: 'an answer' });
    await b.untilTimeline(conversation, ({ items }) => isTold('an answer')(items));
    await a.engine.calls.answerRequest({ conversation, answer: 'block' });
    await a.untilList(([only]) => only?.standing === 'blocked');

    const session = await forgedSession(servers, { account, device, username: a.name });
    const helping: typeof fetch = async (input, init) => {
      const { pathname } = new URL(String(input));
      if (pathname === '/api/session/refresh') return Response.json(session);
      if (removed && pathname === `/api/accounts/${account}`)
        return Response.json({
          account,
          username: a.name,
          deviceList: toBase64url(new Uint8Array(old!.body)),
        });
      return fetch(input, init);
    };
    const thief = await newPerson(servers, 'thief', { folder: stolen, fetch: helping });
    await thief.untilOnline();
    if (removed) {
      // Everything comes to it: it waits for keys that nobody gives it.
      const seen = await thief.untilTimeline(
        conversation,
        ({ items }) => items.filter(({ kind }) => kind === 'waiting').length >= 2,
      );
      assert.ok(seen.items.filter(isMessage).some(({ text }) => text === 'before'));
      assert.not.ok(said(seen).join().includes('after') || said(seen).join().includes('an answer'));
      assert.is((await thief.conversations())[0]!.standing, 'accepted', 'nor what was decided');
    } else {
      await thief.untilTimeline(
        conversation,
        ({ items }) => isTold('after')(items) && isTold('an answer')(items),
      );
      await thief.untilList(([only]) => only?.standing === 'blocked');
    }
    for (const person of [a, b, phone, thief]) await person.remove();
    await rm(stolen, { recursive: true, force: true });
  });

test.run();
