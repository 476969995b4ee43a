import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { inboxOf } from './testing/inbox.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that answers with a whole bundle of its own, well signed, would be the other side of the session. */
attackTest(import.meta.url, {
  threat: 'T3',
  title: "no session begins with another identity key than the verified list's",
  checks: [
    {
      what: "that a bundle's identity key is the listed one",
      file: 'packages/client/dist/crypto/session-cipher.js',
      find: "await this.assertTrusted(bundle.identityKey, 'sending');",
      replace: '',
    },
    {
      what: "that a session's identity key is the listed one",
      file: 'packages/client/dist/crypto/session-cipher.js',
      find: "await this.assertTrusted(record.current.remoteIdentity, 'sending');",
      replace: '',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    let swapped = 0;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        change: ({ path }, answer) => {
          if (!path.endsWith('/bundle')) return undefined;
          swapped += 1;
          return {
            ...ghost.bundles({ method: 'POST', path: ghost.bundlePath, body: {} }),
            device: answer.device,
          };
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
    }, 'the server is the other side of the session');
  },
});
