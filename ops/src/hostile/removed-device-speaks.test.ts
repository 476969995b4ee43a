import { stateEvents, untilStateEvents } from '../engine/testing/state-log.js';
import { openDeviceOf, steal } from '../engine/testing/thief.js';
import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { shown } from './testing/shown.js';

/** A thief who has the keys of a removed device, and a server that puts into the log what they seal in the epoch that was. */
attackTest(import.meta.url, {
  threat: 'T22',
  title: 'what a removed device says afterwards is not shown, whenever it claims to have been said',
  checks: [
    {
      what: 'that what a removed device said counts up to its bound',
      file: 'packages/client/dist/conversation/departures.js',
      find: 'if (!boundsOf(state, said).every(({ feeds }) => isWithin(feeds, said)))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const { conversation, servers } = world;
    const [mara, noor] = [await world.person('mara'), await world.person('noor')];
    const phone = await openDeviceOf((options) => world.newcomer('mara', options));
    await phone.person.untilTimeline(conversation, ({ items }) => items.length >= 2);
    await phone.person.engine.calls.send({ conversation, text: 'from the phone' });
    await noor.untilTimeline(conversation, ({ items }) =>
      items.some((item) => item.kind === 'message' && item.text === 'from the phone'),
    );
    const thief = await steal(servers, phone, [conversation]);
    await phone.person.engine.close();
    const before = await stateEvents(servers, conversation);
    await mara.engine.calls.removeDevice({ device: thief.device, password: PASSWORD });
    await untilStateEvents(servers, conversation, before + 1);
    // What it said comes from before, and is believed; what it says from now on claims the same.
    await thief.say(conversation, 'send me money');
    for (const person of [noor, mara]) await person.reload();
    await world.harmless(
      async () =>
        !(await shown(noor, conversation))
          .concat(await shown(mara, conversation))
          .includes('mara: send me money'),
      'the thief is believed',
    );
    await world.noticed(
      async () => (await shown(noor, conversation)).includes('mara: from the phone'),
      'what was said before is gone',
    );
  },
});
