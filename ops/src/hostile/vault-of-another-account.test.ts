import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that gives somebody another account's vault, which the same password happens to open. */
attackTest(import.meta.url, {
  threat: 'T13',
  title: 'a device signs in with the vault of its own account and no other',
  checks: [
    {
      what: 'that a vault names its account',
      file: 'packages/client/dist/account/vault.js',
      find: 'if (vault.account !== account)',
      replace: 'if (false)',
    },
    {
      what: 'that a device list names its account',
      file: 'packages/client/dist/account/device-list.js',
      find: 'list.account !== expectation.account || ',
      replace: '',
    },
  ],
  async attempt(world) {
    let teos: Record<string, unknown> | undefined;
    let swapped = 0;
    const watching = await world.newcomer('teo-again', {
      fetch: tamperingFetch({
        change: ({ path }, answer) => {
          if (path === '/api/prelogin') teos = { ...teos, kdf: answer.kdf };
          if (path === '/api/login') teos = { ...teos, ...answer };
          return undefined;
        },
      }),
    });
    await watching.engine.calls.signIn({ login: 'teo', password: PASSWORD });
    const mara = await world.newcomer('mara-again', {
      fetch: tamperingFetch({
        forge: ({ path }) => {
          if (path === '/api/prelogin') return { kdf: teos!.kdf as object };
          if (path !== '/api/login') return undefined;
          swapped += 1;
          const { vault, deviceList, kdf } = teos!;
          return { ...teos, vault, deviceList, kdf, account: WRONG, username: 'mara' };
        },
      }),
    });
    const refused = await mara.engine.calls.signIn({ login: 'mara', password: PASSWORD }).then(
      () => false,
      ({ code }: { code: string }) => {
        console.error(code);
        return code.startsWith('client/');
      },
    );
    await world.served(() => swapped > 0);
    await world.harmless(() => refused, "signed in with another account's keys");
  },
});

/** Any other account than the vault's. */
const WRONG = 'AAAAAAAAAAAAAAAAAAAAAA';
