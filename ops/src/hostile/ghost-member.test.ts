import { attackTest } from './testing/attack.js';
import { foundGroup, membersOf } from './testing/group.js';
import { inboxOf, listOf } from './testing/inbox.js';
import { insider } from './testing/insider.js';
import { shown } from './testing/shown.js';

/** A server that lets somebody into a group by the word of a member who may not. */
attackTest(import.meta.url, {
  threat: 'T18',
  title: 'nobody is let into a group but by an admin, whatever the server writes into its log',
  checks: [
    {
      what: 'that only admins let people in',
      file: 'packages/client/dist/conversation/state-authority.js',
      find: 'const isAct = ADMIN_ACTS.has(event.type);',
      replace: 'const isAct = false;',
    },
  ],
  async attempt(world) {
    const mara = await world.person('mara');
    const noor = await insider(world, 'noor');
    const teo = await world.person('teo');
    const ghost = await noor.person.engine.calls.lookUp({ username: 'teo' });
    const group = await foundGroup(mara, noor.person);
    const { identity } = await listOf(world.servers, ghost.account);
    await noor.write(group, await noor.history(group), (base) => ({
      ...base,
      type: 'add',
      body: { members: [{ account: ghost.account, identity, role: 'member' }] },
    }));
    await mara.reload();
    await mara.engine.calls.send({ conversation: group, text: 'for members alone' });
    await noor.person.untilTimeline(group, ({ items }) =>
      items.some((item) => item.kind === 'message' && item.text === 'for members alone'),
    );
    const inbox = await inboxOf(world.servers, teo);
    await world.harmless(async () => {
      const given = await world.servers.stores.log.read(inbox, new Map());
      return given.length === 0 && !(await membersOf(mara, group)).includes('teo');
    }, 'a ghost is a member');
    await world.noticed(
      async () => (await shown(mara, group)).includes('mara: for members alone'),
      'the group is stuck',
    );
  },
});
