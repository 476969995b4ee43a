import { createAccountApi, createCookieJar, derivePasswordKeys } from '@sotto/client/account';
import { toBase64url } from '@sotto/protocol';
import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { linkOwnDevice } from './testing/own-device.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/**
 * A server that gives a new device, which has seen nothing yet, the vault from before another one was removed: what it wrote for its
 * account from then on would go under keys that the removed one knows.
 */
attackTest(import.meta.url, {
  threat: 'T14',
  title: 'a new device takes no vault from before a device was removed',
  checks: [
    {
      what: 'that a list names the vault that goes with it',
      file: 'packages/client/dist/account/seen-versions.js',
      find: 'if (vaultVersion < list.vault)',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const { origin } = world.servers;
    const mara = await world.person('mara');
    const phone = await linkOwnDevice(world, 'mara');
    const api = createAccountApi({ origin, cookies: createCookieJar() });
    const { kdf } = await api.prelogin({ login: 'mara' });
    const { authKey } = await derivePasswordKeys(PASSWORD, kdf);
    const { vault: before } = await api.login({ login: 'mara', authKey: new Uint8Array(authKey) });
    await mara.engine.calls.removeDevice({ device: phone.device.id, password: PASSWORD });
    let served = 0;
    const tablet = await world.newcomer('mara-tablet', {
      fetch: tamperingFetch({
        change: ({ path }, answer) => {
          if (path !== '/api/login') return undefined;
          served += 1;
          return { ...answer, vault: toBase64url(new Uint8Array(before)) };
        },
      }),
    });
    const code = await tablet.engine.calls.signIn({ login: 'mara', password: PASSWORD }).then(
      () => undefined,
      (error: { code: string }) => error.code,
    );
    await world.served(() => served > 0);
    await world.harmless(
      () => code === 'client/rolled-back',
      `it goes by keys that the thief knows: ${code}`,
    );
  },
});
