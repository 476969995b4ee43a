import { readOwnChain } from '@sotto/client/conversation';
import { deviceOf } from '../engine/testing/own-devices.js';
import { accountOf } from '../people/account.js';
import { archive } from './testing/archive.js';
import { attackTest } from './testing/attack.js';
import { forgeChain } from './testing/forged-chain.js';
import { linkOwnDevice } from './testing/own-device.js';
import { shown } from './testing/shown.js';

/** A stolen device that is not removed yet, and a server: they archive a chain in the name of a contact's device. */
attackTest(import.meta.url, {
  threat: 'T24',
  title: 'an own device can archive no chain in the name of a device that a list names',
  checks: [
    {
      what: "that a chain is signed by its author's listed key",
      file: 'packages/client/dist/engine/history/install-archived.js',
      find: 'return !named || equalBytes(named.key, key);',
      replace: 'return true;',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const [mara, noor] = [await world.person('mara'), await world.person('noor')];
    const phone = await linkOwnDevice(world, 'mara');
    const device = await deviceOf(noor);
    const forged = forgeChain({ conversation, epoch: 0, device, generation: 999 });
    const chain = readOwnChain(forged.chain, await accountOf(noor));
    const key = new Uint8Array(forged.identity.publicKey);
    await archive(world, phone, { type: 'chain', chain, key, signature: forged.signature });
    await forged.speak(world, 'as if Noor had said it');
    await mara.reload();
    await world.harmless(
      async () => !(await shown(mara, conversation)).includes('noor: as if Noor had said it'),
      'an own device speaks for a contact',
    );
  },
});
