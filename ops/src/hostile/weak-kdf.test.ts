import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that asks for a cheap derivation could guess the password from what it is sent. */
attackTest(import.meta.url, {
  threat: 'T1',
  title: 'a server that asks for a weak key derivation is sent nothing derived from the password',
  checks: [
    {
      what: 'the bounds of the answer',
      file: 'packages/protocol/dist/http/fields.js',
      find: 'v.minValue(65_536)',
      replace: 'v.minValue(8)',
    },
    {
      what: 'the passes of the answer',
      file: 'packages/protocol/dist/http/fields.js',
      find: 'v.minValue(3)',
      replace: 'v.minValue(1)',
    },
    {
      what: "the floor of the key derivation's parameters",
      file: 'packages/client/dist/account/kdf.js',
      find: 'if (!strong)',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    let weak = false;
    let sent = false;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        forge: ({ path }) => {
          if (weak && path === '/api/login') sent = true;
          return undefined;
        },
        change: ({ path }, answer) => {
          if (!weak || path !== '/api/prelogin') return undefined;
          return { ...answer, kdf: { ...(answer.kdf as object), memoryKiB: 8, passes: 1 } };
        },
      }),
    });
    await mara.engine.calls.signOut();
    weak = true;
    const signingIn = mara.engine.calls.signIn({ login: 'mara', password: PASSWORD });
    const refused = await signingIn.then(
      () => false,
      () => true,
    );
    await world.harmless(() => refused && !sent, 'the password went out, hashed with 8 KiB');
  },
});
