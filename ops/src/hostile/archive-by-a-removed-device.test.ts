import { readOwnChain } from '@sotto/client/conversation';
import { type DeviceId, randomId } from '@sotto/protocol';
import { accountOf } from '../people/account.js';
import { PASSWORD } from '../people/person.js';
import { archive } from './testing/archive.js';
import { attackTest } from './testing/attack.js';
import { forgeChain } from './testing/forged-chain.js';
import { linkOwnDevice } from './testing/own-device.js';
import { shown } from './testing/shown.js';

/** A device that was removed, which knows the archive's keys of before, and a server that writes for it. */
attackTest(import.meta.url, {
  threat: 'T24',
  title: 'what a removed device archives counts for nothing',
  checks: [
    {
      what: 'that who archives is listed',
      file: 'packages/client/dist/conversation/archive-record.js',
      find: 'if (!by)',
      replace: 'if (false)',
    },
    {
      what: 'the signature of who archives',
      file: 'packages/client/dist/conversation/archive-record.js',
      find: 'if (!(await holds(by, signedBytes(account, signed), signature)))',
      replace: 'if (by && !(await holds(by, signedBytes(account, signed), signature)))',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const [mara, noor] = [await world.person('mara'), await world.person('noor')];
    const phone = await linkOwnDevice(world, 'mara');
    await mara.engine.calls.removeDevice({ device: phone.device.id, password: PASSWORD });
    // Of a device that Noor's list does not name: there the archiver is believed.
    const device = randomId<DeviceId>();
    const forged = forgeChain({ conversation, epoch: 0, device, generation: 1 });
    const chain = readOwnChain(forged.chain, await accountOf(noor));
    const key = new Uint8Array(forged.identity.publicKey);
    await archive(world, phone, { type: 'chain', chain, key, signature: forged.signature });
    await forged.speak(world, 'as if Noor had said it');
    await mara.reload();
    await world.harmless(
      async () => !(await shown(mara, conversation)).includes('noor: as if Noor had said it'),
      'a removed device speaks for others',
    );
  },
});
