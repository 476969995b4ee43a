import { attackTest } from './testing/attack.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that calls people by each other's names, so that what is meant for one is said to another. */
attackTest(import.meta.url, {
  threat: 'T21',
  title: 'somebody known keeps the name that they were first known by',
  checks: [
    {
      what: 'that the first name stays',
      file: 'packages/client/dist/account/directory.js',
      find: 'nextPin(before.list, list)',
      replace: '{ ...nextPin(before.list, list), username }',
    },
  ],
  async attempt(world) {
    let swap = false;
    let swapped = 0;
    const { conversation } = world;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        change: (_, answer) => {
          const people = Array.isArray(answer.people) ? (answer.people as { username: string }[]) : [];
          if (!swap || (answer.username !== 'noor' && !people.some(({ username }) => username === 'noor')))
            return undefined;
          swapped += 1;
          const named = people.map((one) => ({ ...one, username: one.username === 'noor' ? 'teo' : 'noor' }));
          return answer.username === 'noor' ? { ...answer, username: 'teo' } : { ...answer, people: named };
        },
      }),
    });
    swap = true;
    await mara.reload();
    await mara.engine.calls.send({ conversation, text: 'to whom it may concern' });
    await world.served(() => swapped > 0);
    await world.harmless(async () => {
      const [only] = await mara.conversations();
      const { peer } = await mara.untilTimeline(conversation, () => true);
      return only!.name === 'noor' && peer!.username === 'noor';
    }, 'somebody goes by the name of somebody else');
  },
});
