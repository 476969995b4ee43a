import { deviceOf } from '../engine/testing/own-devices.js';
import { accountOf } from '../people/account.js';
import { attackTest } from './testing/attack.js';
import { chainsOf } from './testing/chains.js';
import { startOverByMail } from './testing/mailbox-thief.js';
import { inboxSize, says } from './testing/says.js';

/** Somebody sets Noor's password by mail, begins her account anew, and asks Mara for the keys of what was said. */
attackTest(import.meta.url, {
  threat: 'T28',
  title: 'who begins an account anew by a mailed link is given no key of what was said, by asking for it',
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
      what: 'that only what was given before is given again',
      file: 'packages/client/dist/engine/repair/answering.js',
      find: 'const iteration = await givenFrom(keys, id, from.device);',
      replace: 'const iteration = 0;',
    },
    {
      what: 'that only account keys are answered which the state names',
      file: 'packages/client/dist/engine/repair/answering.js',
      find: 'return isListed && (member?.identities.some((named) => equalBytes(named, identity)) ?? false);',
      replace: 'return isListed;',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const mara = await world.person('mara');
    const noor = await world.person('noor');
    const to = { account: await accountOf(mara), device: await deviceOf(mara) };
    const chains = await chainsOf(world, conversation, to.device);
    if (chains.length === 0) throw new Error('Mara has said nothing');
    const thief = await startOverByMail(world, noor);
    for (const asked of [chains, []])
      await says(world, thief, to, {
        type: 'request',
        conversations: [{ conversation, chains: asked }],
        account: true,
      });
    await world.harmless(
      async () => (await inboxSize(world, thief.device.published.id)) === 0,
      'the thief was given keys',
    );
  },
});
