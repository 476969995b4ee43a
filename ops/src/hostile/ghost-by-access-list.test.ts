import { documentName, logName } from '@sotto/protocol';
import { AccessLists } from '@sotto/store';
import { deviceOf } from '../engine/testing/own-devices.js';
import { accountOf } from '../people/account.js';
import { attackTest } from './testing/attack.js';
import { foundGroup, membersOf } from './testing/group.js';
import { inboxSize } from './testing/says.js';
import { shown } from './testing/shown.js';

/** A server that puts somebody on its access list of a group, as an admin, and serves them everything. No device hears who is on it. */
attackTest(import.meta.url, {
  threat: 'T18',
  title: 'whoever the access list alone names is given envelopes and no key',
  checks: [],
  unneeded: [
    {
      what: 'that only admins let people in',
      file: 'packages/client/dist/conversation/state-authority.js',
      find: 'const isAct = ADMIN_ACTS.has(event.type);',
      replace: 'const isAct = false;',
    },
    {
      what: 'that keys go to account keys which the state names',
      file: 'packages/client/dist/engine/sending/key-sharing.js',
      find: 'const isNamed = identities.some((named) => equalBytes(named, identity));',
      replace: 'const isNamed = true;',
    },
  ],
  async attempt(world) {
    const { log, claims } = world.servers.stores;
    const [mara, noor, teo] = [
      await world.person('mara'),
      await world.person('noor'),
      await world.person('teo'),
    ];
    const group = await foundGroup(mara, noor);
    const lists = new AccessLists(log, claims);
    await world.served(async () => (await lists.current(group)) !== undefined);
    const { counter, members } = (await lists.current(group))!;
    const [account, device] = [await accountOf(mara), await deviceOf(mara)];
    const [record] = await log.read(documentName(logName('s', group), 0), new Map());
    const change = {
      kind: 'group',
      members: [...members, { account: await accountOf(teo), role: 'admin' }],
    } as const;
    await lists.advance({
      conversation: group,
      counter,
      change,
      by: { account, device },
      records: [record!],
    });
    lists.close();
    for (const person of [teo, mara]) {
      await person.reload();
      await person.untilOnline();
    }
    await mara.engine.calls.send({ conversation: group, text: 'for members alone' });
    await noor.untilTimeline(group, ({ items }) =>
      items.some((item) => item.kind === 'message' && item.text === 'for members alone'),
    );
    const teos = await deviceOf(teo);
    await world.harmless(
      async () => (await inboxSize(world, teos)) === 0 && !(await membersOf(mara, group)).includes('teo'),
      'whoever is on the access list is given keys',
    );
    await world.noticed(
      async () => (await shown(mara, group)).includes('mara: for members alone'),
      'the group is stuck',
    );
  },
});
