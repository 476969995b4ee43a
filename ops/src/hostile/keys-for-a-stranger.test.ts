import { deviceOf } from '../engine/testing/own-devices.js';
import { accountOf } from '../people/account.js';
import { attackTest } from './testing/attack.js';
import { chainsOf } from './testing/chains.js';
import { linkOwnDevice } from './testing/own-device.js';
import { inboxSize, says } from './testing/says.js';

/** Somebody who never belonged asks for the keys of a conversation, by their right names, which the server told. */
attackTest(import.meta.url, {
  threat: 'T27',
  title: 'whoever was never given a key is given none for asking',
  checks: [
    {
      what: 'that only what was given before is given again',
      file: 'packages/client/dist/engine/repair/answering.js',
      find: 'const iteration = await givenFrom(keys, id, from.device);',
      replace: 'const iteration = 0;',
    },
    {
      what: 'that only members are answered',
      file: 'packages/client/dist/engine/repair/answering.js',
      find: 'return isListed && (member?.identities.some((named) => equalBytes(named, identity)) ?? false);',
      replace: 'return isListed;',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const mara = await world.person('mara');
    await world.person('teo');
    const teos = await linkOwnDevice(world, 'teo');
    const to = { account: await accountOf(mara), device: await deviceOf(mara) };
    const chains = await chainsOf(world, conversation, to.device);
    if (chains.length === 0) throw new Error('Mara has said nothing');
    for (const asked of [chains, []])
      await says(world, teos, to, {
        type: 'request',
        conversations: [{ conversation, chains: asked }],
        account: true,
      });
    await mara.engine.calls.send({ conversation, text: 'not for teo' });
    await world.harmless(
      async () => (await inboxSize(world, teos.device.published.id)) === 0,
      'a stranger was given keys',
    );
  },
});
