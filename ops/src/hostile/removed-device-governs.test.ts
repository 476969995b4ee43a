import { stateEvents, untilStateEvents } from '../engine/testing/state-log.js';
import { openDeviceOf, steal } from '../engine/testing/thief.js';
import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { foundGroup } from './testing/group.js';

/** The same, with what an admin's device may sign. */
attackTest(import.meta.url, {
  threat: 'T22',
  title: "what an admin's removed device signs afterwards changes no group, however old it claims to be",
  checks: [
    {
      what: 'that a bound voids what its device did beside it',
      file: 'packages/client/dist/conversation/state-view.js',
      find: 'if (this.boundsOf(event).some(unseen))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const { servers } = world;
    const [mara, noor] = [await world.person('mara'), await world.person('noor')];
    const group = await foundGroup(mara, noor);
    const phone = await openDeviceOf((options) => world.newcomer('mara', options));
    await phone.person.untilDetails(group, ({ members }) => members.length === 2);
    await phone.person.engine.calls.send({ conversation: group, text: 'from the phone' });
    await noor.untilTimeline(group, ({ items }) => items.some(({ kind }) => kind === 'message'));
    const thief = await steal(servers, phone, [group]);
    await phone.person.engine.close();
    const before = await stateEvents(servers, group);
    await mara.engine.calls.removeDevice({ device: thief.device, password: PASSWORD });
    await untilStateEvents(servers, group, before + 1);
    await thief.write(group, (base) => ({ ...base, type: 'rename', body: { name: 'taken over' } }));
    for (const person of [noor, mara]) await person.reload();
    await world.harmless(async () => {
      const names = await Promise.all(
        [mara, noor].map(async (person) => (await person.untilDetails(group, () => true)).name),
      );
      return !names.includes('taken over');
    }, 'a removed device changed the group');
  },
});
