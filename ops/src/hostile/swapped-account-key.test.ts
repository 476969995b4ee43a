import { listUnderNewKey, verifyDeviceList } from '@sotto/client/account';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import { documentName, fromBase64url, logName, toBase64url } from '@sotto/protocol';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that says a known person has another account key now, its own, and a device under it. */
attackTest(import.meta.url, {
  threat: 'T6',
  title: 'a device under an account key that nobody accepted is given no key',
  checks: [
    {
      what: 'that a list is signed by the key it was signed by before',
      file: 'packages/client/dist/account/device-list.js',
      find: 'if (identities.some((identity) => identity && !constantTimeEqual(identity, list.identity)))',
      replace: 'if (false)',
    },
    {
      what: 'that another key is kept beside the known one',
      file: 'packages/client/dist/account/directory.js',
      find: 'if (before && offered)',
      replace: 'if (false)',
    },
    {
      what: 'that all own devices remember the accepted key',
      file: 'packages/client/dist/engine/context/holding.js',
      find: 'if (trusted && !equalBytes(trusted.identity, person.identity))',
      replace: 'if (false)',
    },
    {
      what: 'that a key has to be one that the state names',
      file: 'packages/client/dist/engine/context/holding.js',
      find: 'if (trusted?.accepted || !identities || isAmong(identities, person.identity))',
      replace: 'if (true)',
    },
    {
      what: 'that keys go to account keys which the state names',
      file: 'packages/client/dist/engine/sending/key-sharing.js',
      find: 'const isNamed = identities.some((named) => equalBytes(named, identity));',
      replace: 'const isNamed = true;',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    const identity = generateIdentityKeyPair();
    let swap = false;
    let swapped = 0;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        forge: ghost.bundles,
        change: async (_, answer) => {
          if (!swap || answer.username !== 'noor' || typeof answer.deviceList !== 'string') return undefined;
          swapped += 1;
          const account = answer.account as never;
          const known = await verifyDeviceList(fromBase64url(answer.deviceList), { account });
          const list = await listUnderNewKey(known, identity, [...known.list.devices, ghost.listed]);
          return { ...answer, deviceList: toBase64url(list.encoded) };
        },
      }),
    });
    await world.person('noor');
    const { conversation } = world;
    swap = true;
    await mara.reload();
    await mara.untilOnline();
    await mara.engine.calls.send({ conversation, text: 'for noor alone' });
    await world.served(() => swapped > 0);
    const inbox = documentName(logName('i', ghost.id), 0);
    await world.harmless(async () => {
      const given = await world.servers.stores.log.read(inbox, new Map());
      return given.length === 0;
    }, 'a device under a key that nobody accepted was given a key');
  },
});
