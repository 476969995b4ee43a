import { documentName, logName } from '@sotto/protocol';
import { accountOf } from '../people/account.js';
import { attackTest } from './testing/attack.js';
import { stealPhone } from './testing/stolen-phone.js';

/** A server that goes on handing out the account's log to a stolen device after its owner removed it. */
attackTest(import.meta.url, {
  threat: 'T22',
  title:
    'a removed device that is served all the same learns nothing of what its account decides from then on',
  checks: [
    {
      what: 'that a removal brings new keys of the account',
      file: 'packages/client/dist/account/vault-contents.js',
      find: 'const rotated = (keys) => [randomSecret(), ...keys].slice(0, MAX_ACCOUNT_KEYS);',
      replace: 'const rotated = (keys) => keys;',
    },
    {
      what: 'that nothing is sealed by keys which somebody has who is not listed any more',
      file: 'packages/client/dist/engine/session/key-holders.js',
      find: 'if (known.some((id) => !listed.includes(id)))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    await world.person('mara');
    const noor = await world.person('noor');
    const phone = await stealPhone(world, noor);
    await phone.remove();
    const log = documentName(logName('a', await accountOf(noor)), 0);
    const written = async () => (await world.servers.stores.log.read(log, new Map())).length;
    const before = await written();
    await noor.engine.calls.answerRequest({ conversation, answer: 'block' });
    await noor.untilList(([only]) => only?.standing === 'blocked');
    await world.served(async () => (await written()) > before);
    const thief = await phone.switchOn();
    await world.harmless(
      async () => (await thief.conversations()).every(({ standing }) => standing !== 'blocked'),
      'the thief learns whom she blocked',
    );
  },
});
