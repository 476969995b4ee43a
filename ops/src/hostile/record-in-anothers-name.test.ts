import { deviceOf } from '../engine/testing/own-devices.js';
import { accountOf } from '../people/account.js';
import { attackTest } from './testing/attack.js';
import { forgeChain } from './testing/forged-chain.js';
import { linkOwnDevice } from './testing/own-device.js';
import { says } from './testing/says.js';
import { shown } from './testing/shown.js';

/** A server that begins a session in somebody's name, gives a chain over it as theirs, and speaks by it. */
attackTest(import.meta.url, {
  threat: 'T20',
  title: 'a key record is its sender’s by the listed key of the device alone',
  checks: [
    {
      what: 'that a session is with the listed device',
      file: 'packages/client/dist/account/directory.js',
      find: 'return listed !== undefined && constantTimeEqual(listed.key, key);',
      replace: 'return listed !== undefined;',
    },
    {
      what: "the device's signature of its chain",
      file: 'packages/client/dist/conversation/chain-signature.js',
      find: 'if (!(await holds(deviceKey, signedBytes(name, signingKey), signature)))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const [mara, noor] = [await world.person('mara'), await world.person('noor')];
    const agent = await linkOwnDevice(world, 'teo');
    const maras = { account: await accountOf(mara), device: await deviceOf(mara) };
    const noors = { account: await accountOf(noor), device: await deviceOf(noor) };
    const forged = forgeChain({ conversation, epoch: 0, device: maras.device, generation: 999 });
    const { distribution, signature, identity } = forged;
    const record = {
      type: 'chain',
      conversation,
      epoch: 0,
      generation: 999,
      distribution,
      signature,
    } as const;
    const stateKey = crypto.getRandomValues(new Uint8Array(32));
    await says(world, agent, noors, { ...record, stateKey, state: [] }, { ...maras, identity });
    await forged.speak(world, 'as if I had said it');
    await noor.reload();
    await world.harmless(
      async () => !(await shown(noor, conversation)).includes('mara: as if I had said it'),
      'the server speaks in her name',
    );
  },
});
