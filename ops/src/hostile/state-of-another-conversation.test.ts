import { readStateEvent } from '@sotto/client/conversation';
import { attackTest } from './testing/attack.js';
import { foundGroup } from './testing/group.js';
import { insider } from './testing/insider.js';

/** A member and a server that move what an admin signed for one group into another. */
attackTest(import.meta.url, {
  threat: 'T25',
  title: 'what an admin changed in one group changes nothing in another',
  checks: [
    {
      what: 'that an event is of the conversation that it names',
      file: 'packages/client/dist/conversation/state-signature.js',
      find: 'if (event.conversation !== conversation)',
      replace: 'if (false)',
    },
    {
      what: 'that an event counts on top of what it names alone',
      file: 'packages/client/dist/conversation/state-graph.js',
      find: 'known.set(toBase64url(event.hash), event);',
      replace: `known.set(toBase64url(event.hash), event);
        const first = [...known.values()].filter(({ event }) => event.parents.length === 0).map(({ hash }) => hash);
        for (const [key, one] of known)
          if (one.event.parents.some((parent) => !known.has(toBase64url(parent))))
            known.set(key, { ...one, event: { ...one.event, parents: first } });`,
    },
  ],
  async attempt(world) {
    const mara = await world.person('mara');
    const noor = await insider(world, 'noor');
    const teo = await world.person('teo');
    const { account } = noor;
    const trusted = await foundGroup(mara, noor.person);
    const other = await foundGroup(mara, noor.person, teo);
    await mara.engine.calls.setRole({ conversation: trusted, account, role: 'admin' });
    await noor.person.untilDetails(trusted, ({ role }) => role === 'admin');
    const promotion = (await noor.signed(trusted)).find(
      (signed) => readStateEvent(signed).event.type === 'role',
    );
    await noor.put(other, promotion!);
    await teo.reload();
    await world.harmless(async () => {
      const { members } = await teo.untilDetails(other, ({ members: all }) => all.length === 3);
      return members.every(({ person, role }) => person.username !== 'noor' || role === 'member');
    }, 'an admin of one group is one of another');
  },
});
