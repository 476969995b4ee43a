import { attackTest } from './testing/attack.js';
import { foundGroup } from './testing/group.js';
import { insider } from './testing/insider.js';

/** A member who was removed and a server that writes what they sign as if it had been said before. */
attackTest(import.meta.url, {
  threat: 'T19',
  title: 'what a removed member signs afterwards has no effect, however old it claims to be',
  checks: [
    {
      what: 'that a removal voids what its member did beside it',
      file: 'packages/client/dist/conversation/state-view.js',
      find: 'if (this.removalsOf(event.account).some(unseen))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const mara = await world.person('mara');
    const noor = await insider(world, 'noor');
    const teo = await world.person('teo');
    const group = await foundGroup(mara, noor.person, teo);
    await mara.engine.calls.setRole({ conversation: group, account: noor.account, role: 'admin' });
    await noor.person.untilDetails(group, ({ role }) => role === 'admin');
    const before = await noor.history(group);
    await mara.engine.calls.removeMember({ conversation: group, account: noor.account });
    await teo.untilDetails(group, ({ members }) => members.length === 2);
    await noor.write(group, before, (base) => ({ ...base, type: 'rename', body: { name: 'taken over' } }));
    await mara.reload();
    await world.harmless(async () => {
      const { name } = await mara.untilDetails(group, () => true);
      return name !== 'taken over';
    }, 'a removed member changed the group');
  },
});
