import { firstDeviceList } from '@sotto/client/account';
import { type KnownStateEvent, signStateEvent } from '@sotto/client/conversation';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import { toBase64url } from '@sotto/protocol';
import { accountOf } from '../people/account.js';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { foundGroup } from './testing/group.js';
import { insider } from './testing/insider.js';
import { linkOwnDevice } from './testing/own-device.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A member and a server that says that a device of its own was on an admin's list once: what it signed then would count. */
attackTest(import.meta.url, {
  threat: 'T2',
  title: 'a device that the server says was listed once speaks for nobody',
  checks: [
    {
      what: 'that a list names the hash of the one before',
      file: 'packages/client/dist/account/earlier-lists.js',
      find: 'if (!constantTimeEqual(next.list.previous, await deviceListHash(encoded)))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    const mara = await world.person('mara');
    const account = await accountOf(mara);
    const earlier = firstDeviceList(account, generateIdentityKeyPair(), [ghost.listed]);
    await linkOwnDevice(world, 'mara');
    let served = 0;
    const teo = await world.person('teo', {
      fetch: tamperingFetch({
        forge: ({ path }) => {
          if (path !== `/api/accounts/${account}/lists/1`) return undefined;
          served += 1;
          return { deviceLists: [toBase64url(earlier.encoded)] };
        },
      }),
    });
    const noor = await insider(world, 'noor');
    const group = await foundGroup(mara, noor.person, teo);
    const event: KnownStateEvent = {
      type: 'role',
      body: { account: noor.account, role: 'admin' },
      conversation: group,
      account,
      parents: await noor.history(group),
      device: ghost.id,
      clock: { wall: Date.now(), counter: 0 },
      counter: 50,
    };
    await noor.put(group, signStateEvent(event, ghost.identity));
    await teo.reload();
    await teo.untilDetails(group, ({ members }) => members.length === 3);
    await world.served(() => served > 0);
    await world.harmless(async () => {
      const { members } = await teo.untilDetails(group, () => true);
      return members.every(({ person, role }) => person.username !== 'noor' || role === 'member');
    }, 'a device of the server governs the group');
  },
});
