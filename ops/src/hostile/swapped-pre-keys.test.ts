import { toJson } from '@sotto/protocol';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { inboxOf } from './testing/inbox.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that hands out pre-keys of its own would take part in the agreement of a session. */
attackTest(import.meta.url, {
  threat: 'T3',
  title: 'no session begins with pre-keys that the device has not signed',
  checks: [
    {
      what: "the signatures of a bundle's keys",
      file: 'packages/client/dist/crypto/pqxdh.js',
      find: 'await verifyPreKeyBundle(bundle);',
      replace: '',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    const { signed, lastResortKem: kem } = ghost.published.preKeys;
    let swapped = 0;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        change: ({ path }, answer) => {
          if (!path.endsWith('/bundle')) return undefined;
          swapped += 1;
          return { ...answer, ...(toJson({ signed, kem }) as object) };
        },
      }),
    });
    const teo = await world.person('teo');
    const { conversation } = await mara.engine.calls.startDirect({ username: 'teo' });
    await mara.engine.calls.send({ conversation, text: 'for teo alone' });
    await world.served(() => swapped > 0);
    await world.harmless(async () => {
      const given = await world.servers.stores.log.read(await inboxOf(world.servers, teo), new Map());
      return given.length === 0;
    }, "a session was begun with the server's keys");
  },
});
