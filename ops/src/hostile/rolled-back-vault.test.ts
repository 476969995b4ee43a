import { toBase64url } from '@sotto/protocol';
import { accountOf } from '../people/account.js';
import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { signedListOf } from './testing/inbox.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that gives a device the vault from before the password was changed, with its parameters, to whoever knows the old one. */
attackTest(import.meta.url, {
  threat: 'T14',
  title: 'a device never takes an older vault than it has seen',
  checks: [
    {
      what: 'that a vault never goes back',
      file: 'packages/client/dist/account/seen-versions.js',
      find: 'if (served.vault < seen.vault)',
      replace: 'if (false)',
    },
    {
      what: 'that a device compares it with what it keeps itself',
      file: 'packages/client/dist/account/vault.js',
      find: 'if (version < pinned)',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const old = new Map<string, object>();
    let back = false;
    let served = 0;
    const another = await world.newcomer('another', {
      fetch: tamperingFetch({
        change: ({ path }, answer) => {
          old.set(path, answer);
          return undefined;
        },
      }),
    });
    await another.engine.calls.signIn({ login: 'mara', password: PASSWORD });
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        forge: ({ path }) => {
          if (back && path === '/api/login') served += 1;
          return back && (path === '/api/prelogin' || path === '/api/login') ? old.get(path) : undefined;
        },
      }),
    });
    const account = await accountOf(mara);
    await mara.engine.calls.changePassword({ password: PASSWORD, newPassword: 'another password' });
    await mara.engine.calls.signOut();
    const deviceList = toBase64url(await signedListOf(world.servers, account));
    old.set('/api/login', { ...old.get('/api/login'), deviceList });
    back = true;
    const code = await mara.engine.calls.signIn({ login: 'mara', password: PASSWORD }).then(
      () => undefined,
      (error: { code: string }) => error.code,
    );
    await world.served(() => served > 0);
    await world.harmless(() => code === 'client/rolled-back', `the old password opens the device: ${code}`);
  },
});
